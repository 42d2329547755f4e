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
  readonly #checked = new WeakSet<object>();
  #epoch = 0;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** The source's epoch, as the newest connection found it; 0 before the first. */
  get epoch(): number {
    return this.#epoch;
  }

  async query<Row extends QueryResultRow>(statement: Statement): Promise<{ rows: Row[] }> {
    return await this.#withConnection((connection) => connection.query<Row>(statement));
  }

  /** Runs `work` in one transaction; rolled back when it throws. */
  async transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T> {
    return await this.#withConnection(async (connection) => {
      await connection.query({ text: 'begin', values: [] });
      const result = await work(connection);
      await connection.query({ text: 'commit', values: [] });
      return result;
    });
  }

  /**
   * A connection on which anything failed is closed rather than reused: it may be broken, or inside a transaction,
   * and errors are rare enough that a new one costs nothing.
   */
  async #withConnection<T>(work: (connection: Queryable) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let failure: Error | undefined;
    const connection: Queryable = {
      query: async <Row extends QueryResultRow>({ values, ...rest }: Statement) =>
        await client.query<Row>({ ...rest, values: [...values] }),
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
    const raisedElsewhere = this.#epoch !== 0 && epoch !== this.#epoch;
    this.#epoch = epoch;
    if (change !== 'same') throw new SourceChangedError(change, epoch);
    if (raisedElsewhere) throw new SourceChangedError('other timeline', epoch);
  }
}
