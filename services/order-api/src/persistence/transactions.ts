import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { InsertOfEvents } from '@waybill/outbox';
import type { Transactions, UnitOfWork } from '../use-cases/unit-of-work.ts';
import { idempotencyRepository } from './idempotency-repository.ts';
import { orderRepository } from './order-repository.ts';
import { orderDeliveries } from './order-deliveries.sql.ts';
import { noPendingWrites, type PendingWrites, writePending } from './pending-writes.ts';
import { productRepository } from './product-repository.ts';
import { storageErrorOf } from './sql-state.ts';
import { userRepository } from './user-repository.ts';

/** Each unit of work is a transaction on a fork of its own: no identity map outlives it, none is shared. */
export function ormTransactions(orm: MikroORM, insertOfEvents: InsertOfEvents): Transactions {
  async function inTransaction<T>(
    options: { readonly readOnly: boolean },
    work: (unit: UnitOfWork) => Promise<T>,
  ): Promise<T> {
    try {
      return await orm.em.fork().transactional(async (em) => {
        const pending = noPendingWrites();
        const result = await work(unitOn(em, pending));
        // What the ORM manages goes first: an order may be for a user who is new.
        await em.flush();
        await writePending(em, pending, insertOfEvents);
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

function unitOn(em: EntityManager, pending: PendingWrites): UnitOfWork {
  return {
    users: userRepository(em),
    products: productRepository(em, pending),
    orders: orderRepository(em, pending),
    idempotency: idempotencyRepository(em, pending),
    outbox: { enqueue: (event) => void pending.events.push(event) },
    deliveries: { ofOrder: (orderId) => orderDeliveries(em, orderId) },
    audit: { record: (entry) => void pending.entries.push(entry) },
  };
}
