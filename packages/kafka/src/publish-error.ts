import { PublishError } from '@waybill/outbox/publisher';
import {
  KafkaJSConnectionError,
  KafkaJSError,
  KafkaJSLockTimeout,
  KafkaJSRequestTimeoutError,
} from 'kafkajs';

/** Codes of failures with neither a broker's nor a socket's name. */
export type ClientFailureCode =
  /** No connection, or it broke: whether the batch was written is unknown. */
  | 'CONNECTION_FAILED'
  /** No answer within the request timeout: whether the batch was written is unknown. */
  | 'REQUEST_TIMEOUT'
  /** The broker acknowledged without saying where: the batch may be written. */
  | 'BASE_OFFSET_UNKNOWN'
  | 'PUBLISHER_CLOSED'
  /** The batch could not be made into a request; nothing was sent. */
  | 'CLIENT_FAILED';

interface Failure {
  readonly reach: PublishError['reach'];
  readonly code: string;
  readonly kafkaCode?: number;
  readonly retriable: boolean;
}

/**
 * A batch, or a probe, that failed. `code` is Kafka's error name, a socket's (`ECONNREFUSED`), or a
 * `ClientFailureCode`; `cause` is the innermost error, without kafkajs' wrappers.
 */
export class KafkaPublishError extends PublishError {
  /** Kafka's error number when a broker answered with one. */
  readonly kafkaCode: number | undefined;
  /** Whether Kafka calls the error retriable; without an answer it is. */
  readonly retriable: boolean;

  constructor(what: string, { reach, code, kafkaCode, retriable }: Failure, cause?: unknown) {
    const detail = cause instanceof Error ? `: ${cause.message}` : '';
    super(`${what} failed: ${code}${detail}`, reach, code, { cause });
    this.name = 'KafkaPublishError';
    this.kafkaCode = kafkaCode;
    this.retriable = retriable;
  }
}

export function requestTimeout(what: string, timeoutMs: number): KafkaPublishError {
  return new KafkaPublishError(
    what,
    { reach: 'unreachable', code: 'REQUEST_TIMEOUT' satisfies ClientFailureCode, retriable: true },
    new Error(`no answer within ${timeoutMs} ms`),
  );
}

export function publisherClosed(what: string, cause?: unknown): KafkaPublishError {
  const code: ClientFailureCode = 'PUBLISHER_CLOSED';
  return new KafkaPublishError(what, { reach: 'unreachable', code, retriable: true }, cause);
}

export function baseOffsetUnknown(what: string, cause: Error): KafkaPublishError {
  const code: ClientFailureCode = 'BASE_OFFSET_UNKNOWN';
  return new KafkaPublishError(what, { reach: 'answered', code, retriable: true }, cause);
}

/** @param what the subject of the message, for example `Publishing 3 messages to order_placed/4` */
export function toPublishError(what: string, error: unknown): KafkaPublishError {
  const cause = withoutWrappers(error);
  return cause instanceof KafkaPublishError ? cause : new KafkaPublishError(what, classify(cause), cause);
}

/** kafkajs wraps the last error of its retries, even with no retry allowed. */
function withoutWrappers(error: unknown): unknown {
  let inner = error;
  while (isWrapper(inner) && inner.cause instanceof Error) inner = inner.cause;
  return inner;
}

function isWrapper(error: unknown): error is Error {
  return (
    error instanceof Error &&
    (error.name === 'KafkaJSNumberOfRetriesExceeded' || error.name === 'KafkaJSNonRetriableError')
  );
}

function classify(cause: unknown): Failure {
  const answer = brokerAnswer(cause);
  if (answer !== undefined) return answer;
  // A lock times out when the request ahead of this one got no answer.
  if (cause instanceof KafkaJSRequestTimeoutError || cause instanceof KafkaJSLockTimeout) {
    const code: ClientFailureCode = 'REQUEST_TIMEOUT';
    return { reach: 'unreachable', code, retriable: true };
  }
  if (cause instanceof KafkaJSConnectionError || (cause instanceof KafkaJSError && cause.retriable)) {
    return { reach: 'unreachable', code: socketCode(cause), retriable: true };
  }
  const code: ClientFailureCode = 'CLIENT_FAILED';
  return { reach: 'answered', code, retriable: false };
}

function socketCode(cause: KafkaJSError): string {
  const fallback: ClientFailureCode = 'CONNECTION_FAILED';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : fallback;
}

const unknownCode = /^Unknown error code (-?\d+)$/;

function brokerAnswer(cause: unknown): Failure | undefined {
  if (!(cause instanceof Error) || !('type' in cause) || typeof cause.type !== 'string') return undefined;
  if (!('code' in cause) || typeof cause.code !== 'number') return undefined;
  const unknown = unknownCode.exec(cause.message);
  if (unknown !== null) {
    // kafkajs knows the codes up to 88. An answer that nobody here understands must not condemn an event.
    const number = Number(unknown[1]);
    return { reach: 'answered', code: `KAFKA_ERROR_${number}`, kafkaCode: number, retriable: true };
  }
  const retriable = 'retriable' in cause && cause.retriable === true;
  return { reach: 'answered', code: cause.type, kafkaCode: cause.code, retriable };
}
