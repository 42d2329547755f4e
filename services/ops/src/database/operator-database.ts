import type { Queryable } from '@waybill/outbox/operations';
import pg from 'pg';
import { OperatorError } from '../operator-error.ts';

/** Longest wait in ms for a connection, and for one statement. */
const connectionLimitMs = 5_000;
const statementLimitMs = 30_000;
/** After which nobody answers any more: PostgreSQL ends a statement at its own limit. In ms. */
const answerLimitMs = statementLimitMs + 5_000;

/** One connection as the operators' role. */
export interface OperatorDatabase extends Queryable, AsyncDisposable {
  /** Where it is, for sentences: host, port and name, without user or password. */
  readonly place: string;
}

/**
 * @param url of a database, as waybill_ops
 * @param name its name at the beginning of a sentence
 * @throws OperatorError NO_WAYBILL when the address cannot be used, DATABASE_UNREACHABLE, DATABASE_REFUSED
 */
export async function openDatabase(url: string, name = 'The order database'): Promise<OperatorDatabase> {
  const place = placeOf(url);
  const client = clientFor(url, name);
  // The statement under way, or the next one, rejects and says why.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => {}); // it never was connected
    throw explained(error, place, name);
  }
  return {
    place,
    async query({ values, ...statement }) {
      try {
        return await client.query({ ...statement, values: [...values] });
      } catch (error) {
        throw explained(error, place, name);
      }
    },
    async [Symbol.asyncDispose]() {
      await client.end().catch(() => {}); // broken already
    },
  };
}

/** The client takes the address apart and reads the certificates that it names. */
function clientFor(url: string, name: string): pg.Client {
  try {
    return new pg.Client({
      connectionString: url,
      application_name: 'waybill',
      connectionTimeoutMillis: connectionLimitMs,
      statement_timeout: statementLimitMs,
      query_timeout: answerLimitMs,
      keepAlive: true,
    });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no address';
    // Without the cause, which may quote the password.
    throw new OperatorError(
      `${name} has an address that cannot be used (${code}): percent-encode what is special in its user and password (# as %23, / as %2F), and see that the files that it names exist.`,
      { code: 'NO_WAYBILL' },
    );
  }
}

function placeOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    return 'the address in the environment'; // pg says what is wrong with it
  }
}

function explained(error: unknown, place: string, name: string): OperatorError {
  if (!(error instanceof pg.DatabaseError)) {
    const reason = error instanceof Error ? ('code' in error ? String(error.code) : error.message) : error;
    return new OperatorError(`${name} does not answer at ${place} (${String(reason)}).`, {
      code: 'DATABASE_UNREACHABLE',
      cause: error,
    });
  }
  return new OperatorError(`${name} at ${place} refused: ${error.message}.`, {
    code: 'DATABASE_REFUSED',
    cause: error,
  });
}
