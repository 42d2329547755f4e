import type { Sql } from './storage/storage.ts';

/**
 * What a failure asks for.
 *
 * - `pause`: nothing is wrong with the event. Its partition waits and the batch comes again, for ever.
 * - `poison`: the event itself. It is tried as often as the policy says, then it is a dead letter.
 */
export type FailureClass = 'pause' | 'poison';

/** The handler threw. */
export class HandlerError extends Error {
  readonly code = 'inbox-handler-failed';
  /** Whether the database still answered on the handler's connection: if not, it is hardly the event's fault. */
  readonly database: 'answers' | 'is away';

  constructor(cause: unknown, database: 'answers' | 'is away') {
    super(`the handler failed: ${describe(cause)}`, { cause });
    this.name = 'HandlerError';
    this.database = database;
  }
}

/** What the event holds was refused by the consumer's `parse`: repeating does not help. */
export class EventRefusedError extends Error {
  readonly code = 'inbox-event-refused';

  constructor(cause: unknown) {
    super(`the event was refused: ${describe(cause)}`, { cause });
    this.name = 'EventRefusedError';
  }
}

/**
 * SQLSTATE classes that blame the data (PostgreSQL manual, appendix A): cardinality violation, data exception,
 * integrity constraint violation, check option violation, a program limit exceeded (a value too large for an index),
 * an exception that a function raised.
 */
const blamesTheData = /^(21|22|23|44|54|P0)/;

/**
 * Sorts a failed transaction's error. What nobody can place counts as `pause`: a consumer that stands still is seen
 * and mended, one that sends everything to the dead letters because a migration is missing loses its order.
 *
 * @param own the consumer's opinion of its handler's error; undefined where it has none
 */
export function classifyFailure(
  error: unknown,
  own: (cause: unknown) => FailureClass | undefined,
): FailureClass {
  if (error instanceof EventRefusedError) return 'poison';
  if (error instanceof HandlerError) {
    if (error.database === 'is away') return 'pause';
    return own(error.cause) ?? ofSqlState(error.cause) ?? 'poison';
  }
  return ofSqlState(error) ?? 'pause';
}

/**
 * Whether the database gave up because of the time: statement_timeout, or somebody's pg_cancel_backend (57014). It
 * blames no event, and a smaller batch may do.
 */
export function tookTooLong(error: unknown): boolean {
  return sqlStateOf(error) === '57014';
}

function ofSqlState(error: unknown): FailureClass | undefined {
  const state = sqlStateOf(error);
  if (state === undefined) return undefined;
  return blamesTheData.test(state) ? 'poison' : 'pause';
}

/** The SQLSTATE, also of an error that wraps a driver's. Node's codes have no digit among five characters. */
function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code)) return code;
  return sqlStateOf(error.cause);
}

/** Asks the connection: an error without a SQLSTATE does not tell whether the handler or the connection failed. */
export async function handlerError(cause: unknown, sql: Sql): Promise<HandlerError> {
  try {
    await sql.query('select 1', []);
    return new HandlerError(cause, 'answers');
  } catch (error) {
    // 25P02: a statement of the handler has failed, and the server says so.
    return new HandlerError(cause, sqlStateOf(error) === '25P02' ? 'answers' : 'is away');
  }
}

/** Name and code, and no message: it may hold what was in the event. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'no error object';
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? `${error.name} ${code}` : error.name;
}
