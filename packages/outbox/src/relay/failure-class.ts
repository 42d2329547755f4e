import { PublishError } from '../publisher.ts';

/**
 * What kind of thing failed. Only `event` blames the events of a batch; everything else is somebody's outage, costs no
 * event an attempt and parks nothing.
 *
 * | class | who is at fault |
 * |---|---|
 * | event | one of the events: too large, or refused by the broker's validation |
 * | unreachable | nothing answers: connection, name, time-out |
 * | partition | the partition: no leader, too few replicas, a broken disk |
 * | topic | the topic is not there, or not the one that was |
 * | authorization | who we are, or what we may do |
 * | quota | we are too fast for what we are allowed |
 * | database | PostgreSQL, or the way to it |
 * | lease | this relay, which slept or got too little CPU, or PostgreSQL, which was too slow to renew it |
 * | protocol | anything else: a broker or client that behaves unexpectedly |
 */
export type FailureClass =
  | 'event'
  | 'unreachable'
  | 'partition'
  | 'topic'
  | 'authorization'
  | 'quota'
  | 'database'
  | 'lease'
  | 'protocol';

export interface ClassifiedFailure {
  readonly class: FailureClass;
  /** Kafka's error name, a socket's, a SQLSTATE, one of ours for what pg only has words for, or the error's name. */
  readonly code: string;
}

/** An event that cannot be sent as it is stored: its headers are not a JSON object of strings. */
export class UnsendableEventError extends Error {
  readonly code = 'INVALID_EVENT';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnsendableEventError';
  }
}

/**
 * By Kafka's own names (org.apache.kafka.common.protocol.Errors, 4.4), and THROTTLED where an adapter got no answer in
 * time because the broker holds it back (KIP-219). What a produce or metadata request cannot be
 * answered with is left to `protocol`, as are CORRUPT_MESSAGE (a broken line looks like that, and Kafka calls it
 * retriable) and INVALID_TIMESTAMP (the client stamps a batch when it sends it: this host's clock is wrong).
 */
const classOfCode: ReadonlyMap<string, FailureClass> = new Map([
  ...named('event', 'MESSAGE_TOO_LARGE RECORD_LIST_TOO_LARGE INVALID_RECORD INVALID_EVENT'),
  ...named('unreachable', 'NETWORK_EXCEPTION REQUEST_TIMED_OUT BROKER_NOT_AVAILABLE REBOOTSTRAP_REQUIRED'),
  ...named(
    'unreachable',
    'ECONNREFUSED ECONNRESET ECONNABORTED EPIPE ETIMEDOUT ENOTFOUND EAI_AGAIN EHOSTUNREACH EHOSTDOWN ENETUNREACH ENETDOWN ENETRESET EADDRNOTAVAIL ERR_SOCKET_CLOSED ERR_STREAM_DESTROYED',
  ),
  // No connection without a certificate that Node trusts (tls.html, "X509 certificate error codes").
  ...named(
    'unreachable',
    'EPROTO ERR_TLS_CERT_ALTNAME_INVALID ERR_TLS_HANDSHAKE_TIMEOUT CERT_HAS_EXPIRED CERT_NOT_YET_VALID CERT_REVOKED CERT_REJECTED CERT_UNTRUSTED CERT_SIGNATURE_FAILURE DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_VERIFY_LEAF_SIGNATURE HOSTNAME_MISMATCH INVALID_CA INVALID_PURPOSE',
  ),
  ...named(
    'partition',
    'LEADER_NOT_AVAILABLE NOT_LEADER_OR_FOLLOWER REPLICA_NOT_AVAILABLE NOT_ENOUGH_REPLICAS NOT_ENOUGH_REPLICAS_AFTER_APPEND KAFKA_STORAGE_ERROR LISTENER_NOT_FOUND FENCED_LEADER_EPOCH UNKNOWN_LEADER_EPOCH PREFERRED_LEADER_NOT_AVAILABLE ELIGIBLE_LEADERS_NOT_AVAILABLE NEW_LEADER_ELECTED INELIGIBLE_REPLICA LOG_DIR_NOT_FOUND',
  ),
  ...named(
    'topic',
    'UNKNOWN_TOPIC_OR_PARTITION INVALID_TOPIC_EXCEPTION UNKNOWN_TOPIC_ID INCONSISTENT_TOPIC_ID INVALID_PARTITIONS',
  ),
  ...named(
    'authorization',
    'TOPIC_AUTHORIZATION_FAILED CLUSTER_AUTHORIZATION_FAILED GROUP_AUTHORIZATION_FAILED TRANSACTIONAL_ID_AUTHORIZATION_FAILED DELEGATION_TOKEN_AUTHORIZATION_FAILED DELEGATION_TOKEN_EXPIRED DELEGATION_TOKEN_NOT_FOUND DELEGATION_TOKEN_AUTH_DISABLED DELEGATION_TOKEN_OWNER_MISMATCH DELEGATION_TOKEN_REQUEST_NOT_ALLOWED SASL_AUTHENTICATION_FAILED UNSUPPORTED_SASL_MECHANISM ILLEGAL_SASL_STATE SECURITY_DISABLED UNACCEPTABLE_CREDENTIAL PRINCIPAL_DESERIALIZATION_FAILURE INVALID_PRINCIPAL_TYPE',
  ),
  ...named('quota', 'THROTTLING_QUOTA_EXCEEDED THROTTLED'),
  ...named('database', 'OUTBOX_STANDBY OUTBOX_SOURCE_CHANGED'),
  ...named('lease', 'OUTBOX_LEASE_LAPSED'),
]);

/**
 * pg has no code for these; the words are those of pg 8 and pg-pool 3. What they say of messages that they did not
 * expect, or of calls that nobody may make, is left to `protocol`.
 */
const codesOfWords: readonly (readonly [RegExp, string])[] = [
  [/^Query read timeout$/, 'REQUEST_TIMEOUT'],
  [/^timeout exceeded when trying to connect$/, 'NO_FREE_CONNECTION'],
  [/^SASL: /, 'LOGIN_FAILED'],
  [
    /^(Connection terminated.*|timeout expired|Client .* is not queryable|The server does not support SSL connections|There was an error establishing an SSL connection)$/,
    'CONNECTION_FAILED',
  ],
];

/** SQLSTATE: five digits or capital letters (PostgreSQL manual, appendix A). */
const sqlState = /^[0-9A-Z]{5}$/;

/** Pure. Never throws, whatever was thrown at it; what it does not know is an outage and not an event's fault. */
export function classify(error: unknown): ClassifiedFailure {
  if (!(error instanceof Error)) return { class: 'protocol', code: 'UNKNOWN' };
  if (error instanceof PublishError) {
    const { code, reach } = error;
    const known = classOf(code);
    // An adapter that says that nothing answered is believed, whatever it calls it, but credentials come first.
    if (reach === 'unreachable') {
      return { class: known === 'authorization' ? known : 'unreachable', code };
    }
    return { class: known ?? 'protocol', code };
  }
  if (error instanceof UnsendableEventError) return { class: 'event', code: error.code };
  const code = codeOf(error);
  if (code === undefined) return ofWords(error);
  if ('severity' in error && sqlState.test(code)) return { class: 'database', code };
  // Without an adapter's word for it, an error is never blamed on an event.
  const known = classOf(code);
  return { class: known === undefined || known === 'event' ? 'protocol' : known, code };
}

/** What ended a session. It asks nobody but PostgreSQL: what does not answer is that. */
export function classifySessionEnd(error: unknown): ClassifiedFailure {
  const failure = classify(error);
  return failure.class === 'unreachable' ? { ...failure, class: 'database' } : failure;
}

function classOf(code: string): FailureClass | undefined {
  // OpenSSL's reasons are many, and say all that there is no connection.
  return code.startsWith('ERR_SSL_') ? 'unreachable' : classOfCode.get(code);
}

/** Where a name has several addresses Node tries them all, and puts what they met into one error. */
function codeOf(error: Error): string | undefined {
  const [first]: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  for (const one of [error, first]) {
    if (one instanceof Error && 'code' in one && typeof one.code === 'string') return one.code;
  }
  return undefined;
}

function ofWords({ message, name }: Error): ClassifiedFailure {
  const [, code] = codesOfWords.find(([words]) => words.test(message)) ?? [];
  return code === undefined ? { class: 'protocol', code: name } : { class: 'database', code };
}

function named(failureClass: FailureClass, codes: string): readonly (readonly [string, FailureClass])[] {
  return codes.split(' ').map((code) => [code, failureClass] as const);
}
