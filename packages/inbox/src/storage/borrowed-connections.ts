import type { Pool, PoolClient } from 'pg';

/** One time that a connection was taken from the pool. */
interface Loan {
  readonly client: PoolClient;
}

/**
 * Connections that are out of a pool, by the server's process. MikroORM 7.2 does not give a connection back whose
 * rollback fails, and it fails on every connection that was lost: after as many losses as the pool is large, nobody
 * gets one any more.
 */
export class BorrowedConnections {
  readonly #loans = new Map<number, Loan>();

  constructor(pool: Pool) {
    pool.on('acquire', (client) => this.#loans.set(processOf(client), { client }));
    pool.on('release', (_error, client) => this.#loans.delete(processOf(client)));
  }

  /** The loan of the one who asks, by `pg_backend_pid()` in its own transaction. */
  loanOf(process: number): Loan | undefined {
    return this.#loans.get(process);
  }

  /** Gives a connection back, to be closed, unless that has been done. */
  giveUp(loan: Loan): void {
    if (this.#loans.get(processOf(loan.client)) === loan) loan.client.release(true);
  }
}

function processOf(client: PoolClient): number {
  const process: unknown = Reflect.get(client, 'processID');
  return typeof process === 'number' ? process : 0;
}
