import type { OutboxEvent } from '@waybill/outbox';
import type { Reports } from '../../use-cases/reports.ts';
import type { Transactions, UnitOfWork } from '../../use-cases/unit-of-work.ts';
import type { AuditEntry } from '../../use-cases/audit.ts';
import { InMemoryLocks } from './in-memory-locks.ts';
import { inMemoryUnit, topBuyers } from './in-memory-repositories.ts';
import { InMemoryStore, noWrites } from './in-memory-store.ts';

/** Stands in for PostgreSQL in unit tests of use cases; the contract of the repositories runs over both. */
export class InMemoryTransactions implements Transactions {
  readonly #store = new InMemoryStore();
  readonly #locks = new InMemoryLocks();

  /** What is committed, in commit order. */
  get outbox(): readonly OutboxEvent[] {
    return this.#store.outbox;
  }

  /** What is committed, in commit order. */
  get audit(): readonly AuditEntry[] {
    return this.#store.audit;
  }

  async write<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    const owner = {};
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const writes = noWrites();
    try {
      const result = await work(
        inMemoryUnit(this.#store, writes, {
          row: (name) => this.#locks.take(owner, `row ${name}`, released),
          identity: (name) => this.#locks.tryTake(owner, `identity ${name}`, released),
        }),
      );
      this.#store.commit(writes);
      return result;
    } finally {
      this.#locks.release(owner);
      release();
    }
  }

  read<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return this.write(work);
  }

  get reports(): Reports {
    return { topBuyers: async (limit) => topBuyers(this.#store, limit) };
  }
}
