import type { Statement } from '@waybill/outbox/operations';
import { wait } from '@waybill/retry';
import pg from 'pg';
import { progressTo } from '../display/progress.ts';
import type { Format } from '../command-line/answer.ts';
import { OperatorError } from '../operator-error.ts';
import type { Terminal } from '../output.ts';
import { openDatabase, type OperatorDatabase } from './operator-database.ts';

/** Between two attempts to connect again, in ms. */
const reconnectEveryMs = 1_000;
/** Class 57 of SQLSTATE: an operator ended the session, or the server shuts down or starts (PostgreSQL manual, appendix A). */
const operatorIntervened = /^57P/;

export interface Watch {
  readonly terminal: Terminal;
  readonly format: Format;
  /** Ends the wait for a database that is away. */
  readonly signal: AbortSignal;
}

/**
 * The order database for a command that looks again and again: when the connection is lost, that is said once, and the
 * statement is asked again on a new one. For reading only, each statement by itself: the lost one may have been carried
 * out.
 *
 * @throws OperatorError of the first connection as `openDatabase` does; later what the database refuses, and what keeps
 *   it away when `signal` aborts
 */
export async function openSteadily(url: string, watch: Watch): Promise<OperatorDatabase> {
  let current = await openDatabase(url);
  async function reopened(): Promise<OperatorDatabase> {
    await current[Symbol.asyncDispose]();
    return await openDatabase(url);
  }
  return {
    place: current.place,
    async query<Row extends pg.QueryResultRow>(statement: Statement) {
      const progress = progressTo(watch.terminal.err, watch.format);
      let isLost = false;
      for (;;) {
        try {
          if (isLost) current = await reopened();
          const result = await current.query<Row>(statement);
          if (isLost) await progress.show('The order database answers again.');
          await progress.end();
          return result;
        } catch (error) {
          if (watch.signal.aborted || !isAboutTheConnection(error)) throw error;
          await progress.show(`${error.message} Trying again until Ctrl-C.`);
          isLost = true;
          await wait(reconnectEveryMs, watch.signal);
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
    ? operatorIntervened.test(cause.code ?? '')
    : error.code === 'DATABASE_UNREACHABLE';
}
