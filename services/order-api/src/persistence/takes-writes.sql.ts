import type { EntityManager } from '@mikro-orm/postgresql';

/**
 * Whether a write may go where this connection leads: no standby takes one, nor a primary that was set to read only
 * for a switchover. Costs a round trip.
 */
export async function takesWrites(em: EntityManager): Promise<boolean> {
  const [row] = await em.execute<{ takes_writes: boolean }[]>(
    `select current_setting('transaction_read_only') = 'off' as takes_writes`,
  );
  return row?.takes_writes === true;
}
