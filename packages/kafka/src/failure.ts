import { createRequire } from 'node:module';
import type kafkajsIndex from 'kafkajs';
import { kafkaError } from './kafka-errors.ts';

const require = createRequire(import.meta.url);
// From the module that they are written in: a relay on another client has no use for the rest of kafkajs.
const kafkajsErrors: Pick<
  typeof kafkajsIndex,
  Extract<keyof typeof kafkajsIndex, `KafkaJS${string}`>
> = require('kafkajs/src/errors');
const {
  KafkaJSConnectionError,
  KafkaJSError,
  KafkaJSGroupCoordinatorNotFound,
  KafkaJSRequestTimeoutError,
  KafkaJSSASLAuthenticationError,
  KafkaJSServerDoesNotSupportApiKey,
  KafkaJSTimeout,
} = kafkajsErrors;

/** Codes of failures with neither a broker's nor a socket's name. */
export type ClientFailureCode =
  /** No connection, or it broke: whether the request was carried out is unknown. */
  | 'CONNECTION_FAILED'
  /** No answer within the request timeout: whether the request was carried out is unknown. */
  | 'REQUEST_TIMEOUT'
  /** The broker answers and holds us back: a quota of our user or client id is used up. */
  | 'THROTTLED'
  /** The broker acknowledged without saying where: the batch may be written. */
  | 'BASE_OFFSET_UNKNOWN'
  | 'PUBLISHER_CLOSED'
  /** The request could not be made; nothing was sent. */
  | 'CLIENT_FAILED';

/** What is known of a request that failed. */
export interface Failure {
  /** `unreachable`: nothing answered. `answered`: a broker said no, or the request never left. */
  readonly reach: 'unreachable' | 'answered';
  /** Kafka's error name, a socket's (`ECONNREFUSED`), or a `ClientFailureCode`. */
  readonly code: string;
  /** Kafka's error number when a broker answered with one. */
  readonly kafkaCode?: number;
  /** Whether Kafka calls the error retriable; without an answer it is. */
  readonly retriable: boolean;
}

/**
 * The innermost error: kafkajs wraps the last one of its retries, even with no retry allowed. Of several together (one
 * for each topic of a request) the first.
 */
export function withoutWrappers(error: unknown): unknown {
  const inner = wrappedIn(error);
  return inner === undefined ? error : withoutWrappers(inner);
}

function wrappedIn(error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'KafkaJSNumberOfRetriesExceeded' || error.name === 'KafkaJSNonRetriableError') {
    return error.cause instanceof Error ? error.cause : undefined;
  }
  if (error.name !== 'KafkaJSAggregateError' || !('errors' in error)) return undefined;
  const [first]: readonly unknown[] = Array.isArray(error.errors) ? error.errors : [];
  return first instanceof Error ? first : undefined;
}

/** @param cause without kafkajs' wrappers */
export function classifyFailure(cause: unknown): Failure {
  const answer = brokerAnswer(cause);
  if (answer !== undefined) return answer;
  // Only throttling (KIP-219) keeps a request from the socket: no client here limits what is under way.
  if (cause instanceof KafkaJSRequestTimeoutError && !wasSent(cause)) return throttledFailure;
  // A lock times out when the request ahead of this one got no answer.
  if (cause instanceof KafkaJSRequestTimeoutError || cause instanceof KafkaJSTimeout) {
    const code: ClientFailureCode = 'REQUEST_TIMEOUT';
    return { reach: 'unreachable', code, retriable: true };
  }
  // kafkajs says so whatever it met on its way, and calls it final. A new cluster has none for a second or two.
  if (cause instanceof KafkaJSGroupCoordinatorNotFound) {
    const answered = brokerAnswer(withoutWrappers(cause.cause));
    if (answered !== undefined && !answered.retriable) return answered;
    return { reach: 'answered', code: 'COORDINATOR_NOT_AVAILABLE', retriable: true };
  }
  const rejoin = cause instanceof KafkaJSError ? reasonsToRejoin.get(cause.message) : undefined;
  if (rejoin !== undefined) return { ...answeredFailure(rejoin), retriable: true };
  if (cause instanceof KafkaJSServerDoesNotSupportApiKey) return answeredFailure(unsupportedVersion);
  if (cause instanceof KafkaJSSASLAuthenticationError) return saslFailure(cause);
  if (cause instanceof KafkaJSConnectionError || (cause instanceof KafkaJSError && cause.retriable)) {
    return { reach: 'unreachable', code: socketCode(cause), retriable: true };
  }
  const code: ClientFailureCode = 'CLIENT_FAILED';
  return { reach: 'answered', code, retriable: false };
}

/** No answer in time, and the broker had said before that it would hold us back for a while. */
const throttledCode: ClientFailureCode = 'THROTTLED';
export const throttledFailure: Failure = { reach: 'answered', code: throttledCode, retriable: true };

/** kafkajs' types say a number; there is none before the request leaves its queue. */
function wasSent({ sentAt }: { readonly sentAt: number | null }): boolean {
  return sentAt !== null;
}

/**
 * Answers of a group's coordinator that a member takes for a reason to join anew. kafkajs wraps them so that its own
 * retries do, and keeps nothing but the words.
 */
const reasonsToRejoin: ReadonlyMap<string, number> = new Map([
  ['This is not the correct coordinator for this group', 16],
  ['Specified group generation id is not valid', 22],
  ['The coordinator is not aware of this member', 25],
  ['The group is rebalancing, so a rejoin is needed', 27],
]);

/** Kafka's numbers of the errors that these clients leave nameless. */
const unsupportedSaslMechanism = 33;
const unsupportedVersion = 35;
export const saslAuthenticationFailed = 58;

/** kafkajs calls everything that ends an authentication its failure, and keeps the reason in the message alone. */
function saslFailure(cause: Error): Failure {
  const connectionFailed: ClientFailureCode = 'CONNECTION_FAILED';
  const requestTimeoutCode: ClientFailureCode = 'REQUEST_TIMEOUT';
  if (cause.message.endsWith(' timed out')) {
    return { reach: 'unreachable', code: requestTimeoutCode, retriable: true };
  }
  if (/Closed connection|Connection (error|timeout|closed)|Connection to the broker/i.test(cause.message)) {
    return { reach: 'unreachable', code: connectionFailed, retriable: true };
  }
  if (/mechanism is not supported/.test(cause.message)) {
    return answeredFailure(unsupportedSaslMechanism);
  }
  return answeredFailure(saslAuthenticationFailed);
}

function socketCode(cause: Error): string {
  const fallback: ClientFailureCode = 'CONNECTION_FAILED';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : fallback;
}

/** What a broker's error number says. One that nobody here knows must not condemn an event: it counts as retriable. */
export function answeredFailure(kafkaCode: number): Failure {
  const { name, retriable } = kafkaError(kafkaCode) ?? { name: `KAFKA_ERROR_${kafkaCode}`, retriable: true };
  return { reach: 'answered', code: name, kafkaCode, retriable };
}

const unknownCode = /^Unknown error code (-?\d+)$/;

function brokerAnswer(cause: unknown): Failure | undefined {
  if (!(cause instanceof Error) || !('type' in cause) || typeof cause.type !== 'string') return undefined;
  if (!('code' in cause) || typeof cause.code !== 'number') return undefined;
  return answeredFailure(Number(unknownCode.exec(cause.message)?.[1] ?? cause.code));
}

/** A request other than a publish that failed: reading, or preparing topics. */
export class KafkaRequestError extends Error {
  readonly reach: Failure['reach'];
  readonly code: string;
  readonly retriable: boolean;

  /**
   * @param what the subject of the message, for example `Reading order_placed`
   * @param failure what is known of it; by default what kafkajs tells
   */
  constructor(what: string, error: unknown, failure: Failure = classifyFailure(withoutWrappers(error))) {
    const cause = withoutWrappers(error);
    const { reach, code, retriable } = failure;
    super(`${what} failed: ${code}${cause instanceof Error ? `: ${cause.message}` : ''}`, { cause });
    this.name = 'KafkaRequestError';
    this.reach = reach;
    this.code = code;
    this.retriable = retriable;
  }
}
