import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { Enqueue } from '@waybill/outbox';
import type { Transactions, UnitOfWork } from '../use-cases/unit-of-work.ts';
import type { AuditEntry } from '../use-cases/audit.ts';
import { insertAuditEntries } from './audit-log.sql.ts';
import { idempotencyRepository } from './idempotency-repository.ts';
import { orderRepository } from './order-repository.ts';
import { orderDeliveries } from './order-deliveries.sql.ts';
import { productRepository } from './product-repository.ts';
import { storageErrorOf } from './sql-state.ts';
import { userRepository } from './user-repository.ts';

/** Each unit of work is a transaction on a fork of its own: no identity map outlives it, none is shared. */
export function ormTransactions(orm: MikroORM, enqueue: Enqueue): Transactions {
  async function inTransaction<T>(
    options: { readonly readOnly: boolean },
    work: (unit: UnitOfWork) => Promise<T>,
  ): Promise<T> {
    try {
      return await orm.em.fork().transactional(async (em) => {
        const entries: AuditEntry[] = [];
        const result = await work(unitOn(em, enqueue, entries));
        if (entries.length > 0) await insertAuditEntries(em, entries);
        return result;
      }, options);
    } catch (error) {
      throw storageErrorOf(error);
    }
  }
  return {
    write: (work) => inTransaction({ readOnly: false }, work),
    read: (work) => inTransaction({ readOnly: true }, work),
  };
}

function unitOn(em: EntityManager, enqueue: Enqueue, entries: AuditEntry[]): UnitOfWork {
  return {
    users: userRepository(em),
    products: productRepository(em),
    orders: orderRepository(em),
    idempotency: idempotencyRepository(em),
    outbox: { enqueue: (event) => enqueue(em, event) },
    deliveries: { ofOrder: (orderId) => orderDeliveries(em, orderId) },
    audit: { record: (entry) => void entries.push(entry) },
  };
}
