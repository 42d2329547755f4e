import type { EntityManager } from '@mikro-orm/postgresql';
import type { Buyer } from '../use-cases/reports.ts';

/**
 * Those who have spent most, per currency; cancelled orders do not count. Reads every order once and keeps one sum per
 * buyer: seconds over millions of orders, which is why it has a pool, a timeout and, where there is one, a replica of
 * its own.
 */
export async function topBuyers(em: EntityManager, limit: number): Promise<readonly Buyer[]> {
  return em.execute<Buyer[]>(
    `select u.id, u.email, best.currency, best.spent::text as spent
     from (
       select user_id, currency, sum(total) as spent from orders where status = 'placed'
       group by user_id, currency order by spent desc, user_id, currency limit ?
     ) best
     join users u on u.id = best.user_id
     order by best.spent desc, best.user_id, best.currency`,
    [limit],
  );
}
