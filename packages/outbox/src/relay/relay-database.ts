import type { Pool, QueryResultRow } from 'pg';
import { checkSource } from './source.sql.ts';

export interface Statement {
  /** Prepared under this name where it is given; for statements that run in every cycle. */
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A connection, a pool or a transaction: whatever runs one statement. */
export interface Queryable {
  query<Row extends QueryResultRow>(statement: Statement): Promise<{ rows: Row[] }>;
}

/** The database is a standby: a failover is under way or the address is wrong. Wait and try again. */
export class StandbyError extends Error {
  readonly code = 'OUTBOX_STANDBY';

  constructor() {
    super('the database is in recovery; the relay reads only from a primary');
    this.name = 'StandbyError';
  }
}

/** The database is another one than the cursor was made on; positions in memory are void. */
export class SourceChangedError extends Error {
  readonly code = 'OUTBOX_SOURCE_CHANGED';
  readonly change: 'other timeline' | 'other cluster';
  readonly epoch: number;

  constructor(change: 'other timeline' | 'other cluster', epoch: number) {
    super(`the database is on an${change.slice(2)}; the epoch is now ${epoch}`);
    this.name = 'SourceChangedError';
    this.change = change;
    this.epoch = epoch;
  }
}

/** The relay's view of its pool: no statement runs on a connection whose source was not checked. */
export class RelayDatabase implements Queryable {
  readonly #pool: Pool;
  readonly #queryTimeoutMs: number;
  readonly #checked = new WeakSet<object>();
  /** The source's epoch, as the newest connection or heartbeat found it; 0 before the first. */
  epoch = 0;

  /** @param queryTimeoutMs after which a statement counts as failed: a database that hangs must not hold the lease up */
  constructor(pool: Pool, queryTimeoutMs: number) {
    this.#pool = pool;
    this.#queryTimeoutMs = queryTimeoutMs;
  }

  async query<Row extends QueryResultRow>(statement: Statement): Promise<{ rows: Row[] }> {
    return await this.#withConnection((connection) => connection.query<Row>(statement));
  }

  /**
   * A connection on which anything failed is closed rather than reused: it may be broken or still waiting for an
   * answer, and errors are rare enough that a new one costs nothing.
   */
  async #withConnection<T>(work: (connection: Queryable) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let failure: Error | undefined;
    const connection: Queryable = {
      query: async <Row extends QueryResultRow>({ values, ...rest }: Statement) => {
        // pg takes the limit per query too; its types do not say so.
        const limited = { ...rest, values: [...values], query_timeout: this.#queryTimeoutMs };
        return await client.query<Row>(limited);
      },
    };
    try {
      if (!this.#checked.has(client)) {
        await this.#check(connection);
        this.#checked.add(client);
      }
      return await work(connection);
    } catch (error) {
      failure = error instanceof Error ? error : new Error('a statement failed', { cause: error });
      throw failure;
    } finally {
      client.release(failure);
    }
  }

  async #check(connection: Queryable): Promise<void> {
    const source = await checkSource(connection);
    if (source.state === 'standby') throw new StandbyError();
    const { change, epoch } = source;
    this.epoch = epoch;
    if (change !== 'same') throw new SourceChangedError(change, epoch);
  }
}
