import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { InsertOfEvents, OutboxEvent } from '@waybill/outbox';
import type { Transactions, UnitOfWork } from '../use-cases/unit-of-work.ts';
import { idempotencyRepository } from './idempotency-repository.ts';
import { orderRepository } from './order-repository.ts';
import { orderDeliveries } from './order-deliveries.sql.ts';
import { noPendingWrites, type PendingWrites, writePending } from './pending-writes.ts';
import { productRepository } from './product-repository.ts';
import { storageErrorOf } from './sql-state.ts';
import { userRepository } from './user-repository.ts';

/**
 * Each unit of work is a transaction on a fork of its own: no identity map outlives it, none is shared.
 *
 * @param onCommitted told of the events of each unit of work that has some, after its commit; may neither throw nor wait
 */
export function ormTransactions(
  orm: MikroORM,
  insertOfEvents: InsertOfEvents,
  onCommitted: (events: readonly OutboxEvent[]) => void = () => undefined,
): Transactions {
  async function inTransaction<T>(
    options: { readonly readOnly: boolean },
    work: (unit: UnitOfWork) => Promise<T>,
  ): Promise<T> {
    const pending = noPendingWrites();
    const result = await orm.em
      .fork()
      .transactional(async (em) => {
        const made = await work(unitOn(em, pending));
        // What the ORM manages goes first: an order may be for a user who is new.
        await em.flush();
        await writePending(em, pending, insertOfEvents);
        return made;
      }, options)
      .catch((error: unknown) => {
        throw storageErrorOf(error);
      });
    if (pending.events.length > 0) onCommitted(pending.events);
    return result;
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
