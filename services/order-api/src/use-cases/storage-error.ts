/** `refused`: the data broke a rule, and would again. `unavailable`: the same work may succeed a moment later. */
export type StorageFailure = 'refused' | 'unavailable';

/** The SQLSTATE classes that PostgreSQL's manual (appendix A) and this service's write path tell apart. */
const failureOfClass: ReadonlyMap<string, StorageFailure> = new Map([
  ['22', 'refused'],
  ['23', 'refused'],
  ['08', 'unavailable'],
  ['40', 'unavailable'],
  ['53', 'unavailable'],
  ['57', 'unavailable'],
]);

/**
 * protocol_violation stands in class 08, but it is the data: a NUL in a statement's text is answered with it
 * (measured), and would be again.
 */
const PROTOCOL_VIOLATION = '08P01';

/** A unit of work that was not committed, or whose commit was not acknowledged (class 08: it may have happened). */
export class StorageError extends Error {
  readonly code = 'STORAGE';
  readonly failure: StorageFailure;
  readonly sqlState: string;
  readonly constraint: string | undefined;

  constructor(details: { sqlState: string; constraint?: string | undefined; cause?: unknown }) {
    super(`the database answered ${details.sqlState}`, { cause: details.cause });
    this.name = 'StorageError';
    const failure = storageFailureOf(details.sqlState);
    if (failure === undefined) throw new RangeError(`SQLSTATE ${details.sqlState} is no storage failure`);
    this.failure = failure;
    this.sqlState = details.sqlState;
    this.constraint = details.constraint;
  }
}

/** lock_not_available: it waited for a row for longer than `lock_timeout`. */
const LOCK_NOT_AVAILABLE = '55P03';

/** query_canceled: the statement took longer than `statement_timeout`, most likely waiting for a row. */
const QUERY_CANCELED = '57014';

/** read_only_sql_transaction: the connection leads to a standby, as after a failover. */
const READ_ONLY = '25006';

/** @returns undefined for states that are neither the data's fault nor passing, such as a missing privilege */
export function storageFailureOf(sqlState: string): StorageFailure | undefined {
  if (sqlState === PROTOCOL_VIOLATION) return 'refused';
  if (sqlState === LOCK_NOT_AVAILABLE || sqlState === READ_ONLY) return 'unavailable';
  return failureOfClass.get(sqlState.slice(0, 2));
}

export function isUnavailable(error: unknown): boolean {
  return error instanceof StorageError && error.failure === 'unavailable';
}

/**
 * Whether the same work may succeed within a moment: serialization failures and deadlocks (class 40), lost connections
 * (08), shutdowns (57P0x). Not class 53: who comes again at once makes a shortage worse. Not who has waited for a row
 * as long as anybody may.
 */
export function isPassing(error: unknown): boolean {
  return isUnavailable(error) && error instanceof StorageError && /^(08|40|57P0)/.test(error.sqlState);
}

/**
 * Whether one command may have failed all that went with it: by its data, by a row that it waited for, by something
 * that nobody thought of. Not where the database is away, or the service stops: that fails each of them alike.
 */
export function mayBeOfOne(error: unknown): boolean {
  if (error instanceof Error && error.name === 'AbortError') return false;
  if (!(error instanceof StorageError) || error.failure === 'refused') return true;
  return [LOCK_NOT_AVAILABLE, QUERY_CANCELED].includes(error.sqlState);
}

/** Class 08 may have struck after the commit; 40003 is statement_completion_unknown. */
const OUTCOME_UNKNOWN = /^(08...|40003)$/;

/** Whether it is certain that a unit of work, tried once, left nothing behind. */
export function wasRolledBack(error: unknown): boolean {
  return error instanceof StorageError && !OUTCOME_UNKNOWN.test(error.sqlState);
}

/** Whether the unit of work was refused by this very constraint. */
export function brokeConstraint(error: unknown, constraint: string): boolean {
  return error instanceof StorageError && error.failure === 'refused' && error.constraint === constraint;
}
