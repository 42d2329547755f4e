import type { Queryable } from '@waybill/outbox/operations';
import pg from 'pg';
import { OperatorError } from '../operator-error.ts';

/** Longest wait in ms for a connection, and for one statement. */
const connectionLimitMs = 5_000;
const statementLimitMs = 30_000;

/** One connection as the operators' role. */
export interface OperatorDatabase extends Queryable, AsyncDisposable {
  /** Where it is, for sentences: host, port and name, without user or password. */
  readonly place: string;
}

/**
 * @param url of the order database, as waybill_ops
 * @throws OperatorError DATABASE_UNREACHABLE, DATABASE_REFUSED
 */
export async function openDatabase(url: string): Promise<OperatorDatabase> {
  const place = placeOf(url);
  const client = new pg.Client({
    connectionString: url,
    application_name: 'waybill',
    connectionTimeoutMillis: connectionLimitMs,
    statement_timeout: statementLimitMs,
  });
  // The statement under way, or the next one, rejects and says why.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => {}); // it never was connected
    throw explained(error, place);
  }
  return {
    place,
    async query({ values, ...statement }) {
      try {
        return await client.query({ ...statement, values: [...values] });
      } catch (error) {
        throw explained(error, place);
      }
    },
    async [Symbol.asyncDispose]() {
      await client.end().catch(() => {}); // broken already
    },
  };
}

function placeOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    return 'the address in WAYBILL_DATABASE_URL'; // pg says what is wrong with it
  }
}

function explained(error: unknown, place: string): OperatorError {
  if (!(error instanceof pg.DatabaseError)) {
    const reason = error instanceof Error ? ('code' in error ? String(error.code) : error.message) : error;
    return new OperatorError(`The order database does not answer at ${place} (${String(reason)}).`, {
      code: 'DATABASE_UNREACHABLE',
      cause: error,
    });
  }
  return new OperatorError(`The order database at ${place} refused: ${error.message}.`, {
    code: 'DATABASE_REFUSED',
    cause: error,
  });
}
