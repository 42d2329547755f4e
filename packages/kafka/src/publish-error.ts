import { PublishError } from '@waybill/outbox/publisher';
import {
  type ClientFailureCode,
  classifyFailure,
  type Failure,
  throttledFailure,
  withoutWrappers,
} from './failure.ts';

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
  const code: ClientFailureCode = 'REQUEST_TIMEOUT';
  const cause = new Error(`no answer within ${timeoutMs} ms`);
  return new KafkaPublishError(what, { reach: 'unreachable', code, retriable: true }, cause);
}

/** @returns `failure`, unless it is a missing answer: that one is the quota's doing, since the broker holds us back */
export function underThrottle(what: string, failure: KafkaPublishError): KafkaPublishError {
  const timeout: ClientFailureCode = 'REQUEST_TIMEOUT';
  return failure.code === timeout ? new KafkaPublishError(what, throttledFailure, failure) : failure;
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
  if (cause instanceof KafkaPublishError) return cause;
  return new KafkaPublishError(what, classifyFailure(cause), cause);
}
