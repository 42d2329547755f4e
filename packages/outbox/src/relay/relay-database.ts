import { connected } from '@waybill/postgres';
import type { CustomTypesConfig, Pool, QueryResultRow } from 'pg';
import { checkSource } from './source.sql.ts';

export interface Statement {
  /** Prepared under this name where it is given; for statements that run in every cycle. */
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
  /** For a statement of many rows: each an array, and every value the text that the server sent, or null. */
  readonly rowMode?: 'array';
  readonly types?: CustomTypesConfig;
}

/** Nothing is made of a value: what JSON or a number says may never be asked for. */
export const asText: CustomTypesConfig = { getTypeParser: () => (value: string) => value };

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

export type SourceChange = 'other timeline' | 'other cluster' | 'epoch raised';

const whatChanged: Readonly<Record<SourceChange, string>> = {
  'other timeline':
    'the database is on another timeline, after a failover or a recovery to an earlier point; the cursor holds',
  'other cluster':
    'the database is in another cluster, after a restored dump; every lane went back to what is proven published',
  'epoch raised': 'the epoch was raised, by an operator or by the relay that came first',
};

/** The database is another one than positions in memory were read from: they are void. */
export class SourceChangedError extends Error {
  readonly code = 'OUTBOX_SOURCE_CHANGED';
  readonly change: SourceChange;
  readonly epoch: number;

  constructor(change: SourceChange, epoch: number) {
    super(`${whatChanged[change]}; the epoch is now ${epoch}`);
    this.name = 'SourceChangedError';
    this.change = change;
    this.epoch = epoch;
  }
}

/**
 * The statements of a cycle are prepared and always the same. Planning one anew takes longer than running it, and
 * what the planner takes for expensive would be compiled for hundreds of ms. Each follows an index whatever the
 * statistics say: a day that was vacuumed while it was empty seems to cost nothing to walk through, and would be, at
 * every poll, for as long as the plan is kept.
 *
 * A relay that freezes in the middle of a transaction would keep its lanes locked, and their next owner waiting, for as
 * long as it is frozen: after $1 ms the server undoes it.
 */
const SESSION_SETTINGS = `
select set_config('plan_cache_mode', 'force_generic_plan', false), set_config('jit', 'off', false),
       set_config('enable_seqscan', 'off', false), set_config('idle_in_transaction_session_timeout', $1, false)`;

/**
 * What the relay gives up on after $1 ms the server gives up on too. Not what comes before: the rebase that follows the
 * restore of a dump may take longer, and is done for the next connection.
 */
const STATEMENT_TIMEOUT = `select set_config('statement_timeout', $1, false)`;

/** The relay's view of its pool: no statement runs on a connection whose source was not checked. */
export class RelayDatabase implements Queryable {
  readonly #pool: Pool;
  readonly #queryTimeoutMs: number;
  readonly #onChange: (change: SourceChangedError) => void;
  #checked = new WeakSet<object>();
  #epoch = 0;
  #changed: SourceChangedError | undefined;

  /**
   * @param queryTimeoutMs after which a statement counts as failed: a database that hangs must not hold the lease up
   * @param onChange is told once of each change, whichever statement met it
   */
  constructor(pool: Pool, queryTimeoutMs: number, onChange: (change: SourceChangedError) => void) {
    this.#pool = pool;
    this.#queryTimeoutMs = queryTimeoutMs;
    this.#onChange = onChange;
  }

  /** The source's epoch, as the newest connection or heartbeat found it; 0 before the first. */
  get epoch(): number {
    return this.#epoch;
  }

  /** For a session that begins, and so has read nothing yet: it may work on a source that has changed. */
  beginAnew(): void {
    if (this.#changed === undefined) return;
    this.#changed = undefined;
    this.#checked = new WeakSet(); // a connection to what was the source before may still be open
  }

  /**
   * Compares the epoch that was read with the one known. Once it differs, no statement runs until somebody begins anew,
   * whoever noticed: another session of ours may have found the change first, and the next connection finds it no more.
   *
   * @throws SourceChangedError
   */
  confirmEpoch(epoch: number): void {
    if (this.#epoch !== 0 && epoch !== this.#epoch) this.#hasChanged('epoch raised', epoch);
    this.#epoch = epoch;
    if (this.#changed !== undefined) throw this.#changed;
  }

  async query<Row extends QueryResultRow>(statement: Statement): Promise<{ rows: Row[] }> {
    return await this.#withConnection((connection) => connection.query<Row>(statement));
  }

  /** Several statements at once or not at all; the connection of a transaction that failed is closed, which undoes it. */
  async transaction<T>(work: (connection: Queryable) => Promise<T>): Promise<T> {
    return await this.#withConnection(async (connection) => {
      await connection.query({ text: 'begin', values: [] });
      const result = await work(connection);
      await connection.query({ text: 'commit', values: [] });
      return result;
    });
  }

  /**
   * A connection on which anything failed is closed rather than reused: it may be broken or still waiting for an
   * answer, and errors are rare enough that a new one costs nothing.
   */
  async #withConnection<T>(work: (connection: Queryable) => Promise<T>): Promise<T> {
    const client = await connected(this.#pool, heardAlready);
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
      if (this.#changed !== undefined) throw this.#changed;
      return await work(connection);
    } catch (error) {
      failure = error instanceof Error ? error : new Error('a statement failed', { cause: error });
      throw failure;
    } finally {
      // The pool listens to those that it takes back, and no more to those that it closes.
      if (failure === undefined) client.removeListener('error', heardAlready);
      client.release(failure);
    }
  }

  async #check(connection: Queryable): Promise<void> {
    const limit = [String(Math.ceil(this.#queryTimeoutMs))];
    await connection.query({ text: SESSION_SETTINGS, values: limit });
    const source = await checkSource(connection);
    if (source.state === 'standby') throw new StandbyError();
    await connection.query({ text: STATEMENT_TIMEOUT, values: limit });
    const { change, epoch } = source;
    if (change !== 'same') this.#hasChanged(change, epoch);
    this.confirmEpoch(epoch);
  }

  #hasChanged(change: SourceChange, epoch: number): void {
    if (this.#changed !== undefined) return;
    this.#changed = new SourceChangedError(change, epoch);
    this.#onChange(this.#changed);
  }
}

/** The query that was under way has failed with it, or the next one does. */
function heardAlready(): void {}
