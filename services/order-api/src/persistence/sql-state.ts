import { StorageError, storageFailureOf } from '../use-cases/storage-error.ts';

/** Errors of the socket: the database was not reached, or not to the end. */
const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);

/** pg has no code for these; the words are those of pg 8 and pg-pool 3. */
const unreachableWords =
  /Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout/;

/** pg-pool's, when no place got free in time: nothing was sent. Its words for a server that is away are others. */
const noFreePlace = /^timeout exceeded when trying to connect$/;

/** SQLSTATE 53300, too_many_connections: a shortage, as the server's own is. */
const TOO_MANY_CONNECTIONS = '53300';

/** SQLSTATE 08000, connection_exception: what happened to the transaction is unknown. */
const CONNECTION_EXCEPTION = '08000';

/** @returns the StorageError that the driver's error stands for, or the error itself when it stands for none */
export function storageErrorOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = textOf(error, 'code');
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code) && storageFailureOf(code)) {
    return new StorageError({ sqlState: code, constraint: textOf(error, 'constraint'), cause: error });
  }
  if (noFreePlace.test(error.message)) {
    return new StorageError({ sqlState: TOO_MANY_CONNECTIONS, cause: error });
  }
  if ((code !== undefined && unreachable.has(code)) || unreachableWords.test(error.message)) {
    return new StorageError({ sqlState: CONNECTION_EXCEPTION, cause: error });
  }
  return error;
}

function textOf(error: Error, property: string): string | undefined {
  const value: unknown = Reflect.get(error, property);
  return typeof value === 'string' ? value : undefined;
}
