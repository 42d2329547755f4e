import { connected } from '@waybill/postgres';
import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg';
import type { Queryable } from './job.ts';

/** Whoever holds this lock runs the job; PostgreSQL takes it away with the session. @param job its name, as SQL */
export const lockKeyOf = (job: string): string => `hashtextextended('waybill job ' || ${job}, 0)`;
const LOCK_KEY = lockKeyOf('$1');

/** Heartbeats in the time after which a silent process counts as stalled. */
const HEARTBEATS = 4;

/**
 * The session that holds a job's advisory lock. PostgreSQL ends it when nothing is heard of it for `stalledAfterMs`: so
 * a process that is frozen, or cut off from the network, loses job and lock together, and another one takes over.
 */
export class JobSession implements Queryable, AsyncDisposable {
  readonly #client: PoolClient;
  readonly #heartbeat: NodeJS.Timeout;
  #isAbandoned = false;

  private constructor(client: PoolClient, stalledAfterMs: number) {
    this.#client = client;
    this.#heartbeat = setInterval(() => {
      // It fails when the session is gone; the job's next statement says so.
      client.query('select 1').catch(() => undefined);
    }, stalledAfterMs / HEARTBEATS);
  }

  /**
   * @returns undefined when another session holds the job's lock
   * @throws what pg throws
   */
  static async open(pool: Pool, job: string, stalledAfterMs: number): Promise<JobSession | undefined> {
    // The job's next statement fails and says it.
    const client = await connected(pool, () => undefined);
    try {
      const { rows } = await client.query<{ got: boolean }>(
        `select set_config('idle_session_timeout', $2, false),
                set_config('idle_in_transaction_session_timeout', $2, false),
                pg_try_advisory_lock(${LOCK_KEY}) as got`,
        [job, `${stalledAfterMs}ms`],
      );
      if (rows[0]?.got === true) return new JobSession(client, stalledAfterMs);
    } catch (error) {
      client.release(true);
      throw error;
    }
    client.release(true);
    return undefined;
  }

  query<Row extends QueryResultRow>(statement: {
    readonly text: string;
    readonly values: readonly unknown[];
  }): Promise<QueryResult<Row>> {
    return this.#client.query<Row>(statement.text, [...statement.values]);
  }

  /** The job may be in the middle of a statement and is not waited for: the session ends under it. */
  abandon(): void {
    this.#isAbandoned = true;
  }

  /** Ends the session, and the lock and its settings with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#heartbeat);
    if (!this.#isAbandoned) {
      // The connection's end is heard of later than the next attempt to get the lock. It fails on a broken connection.
      await this.#client.query('select pg_advisory_unlock_all()').catch(() => undefined);
    }
    this.#client.release(true);
  }
}
