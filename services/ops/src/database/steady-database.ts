import type { Statement } from '@waybill/outbox/operations';
import { wait } from '@waybill/retry';
import pg from 'pg';
import type { Format } from '../command-line/answer.ts';
import { progressTo } from '../display/progress.ts';
import { OperatorError } from '../operator-error.ts';
import type { Terminal } from '../output.ts';
import type { OperatorDatabase } from './operator-database.ts';

/** Between two attempts to connect again, in ms. */
const reconnectEveryMs = 1_000;
/**
 * SQLSTATE of a connection that failed, of a session that was ended or a server that shuts down or starts, and of one that
 * everybody comes back to at once (PostgreSQL manual, appendix A).
 */
const passing = /^(08|57P|53300)/;

export interface Watch {
  readonly terminal: Terminal;
  readonly format: Format;
  /** Ends the wait for a database that is away. */
  readonly signal: AbortSignal;
}

/**
 * The database of a command that looks again and again: when the connection is lost, standard error says why (nothing
 * with --json), and the statement is asked again on a new one. For reading only, each statement by itself: the lost one
 * may have been carried out. Its queries throw what the database refuses, and what keeps it away when `signal` aborts.
 *
 * @param first from now on its own; it is closed with this one
 */
export function steadily(
  first: OperatorDatabase,
  reopen: () => Promise<OperatorDatabase>,
  { terminal, format, signal }: Watch,
): OperatorDatabase {
  let current = first;
  async function reopened(): Promise<OperatorDatabase> {
    await current[Symbol.asyncDispose]();
    return await reopen();
  }
  return {
    place: first.place,
    async query<Row extends pg.QueryResultRow>(statement: Statement) {
      const progress = progressTo(terminal.err, format);
      let isLost = false;
      for (;;) {
        try {
          if (isLost) current = await reopened();
          const result = await current.query<Row>(statement);
          if (isLost) await progress.show('The order database answers again.');
          await progress.end();
          return result;
        } catch (error) {
          if (!isAboutTheConnection(error)) throw error;
          isLost = true;
          if (!signal.aborted) await progress.show(`${error.message} Trying again until Ctrl-C.`);
          await wait(reconnectEveryMs, signal);
          if (!signal.aborted) continue;
          await progress.end();
          throw error;
        }
      }
    },
    [Symbol.asyncDispose]: () => current[Symbol.asyncDispose](),
  };
}

function isAboutTheConnection(error: unknown): error is OperatorError {
  if (!(error instanceof OperatorError)) return false;
  const { cause } = error;
  return cause instanceof pg.DatabaseError
    ? passing.test(cause.code ?? '')
    : error.code === 'DATABASE_UNREACHABLE';
}
