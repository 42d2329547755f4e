import { createRequire } from 'node:module';
import { classify, type FailureClass } from '@waybill/outbox/relay';
import kafkajs from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { classifyFailure, type Failure, KafkaRequestError, withoutWrappers } from './failure.ts';
import { kafkaErrors } from './kafka-errors.ts';
import { kafkaErrorNames } from './kafka-error-names.fixture.ts';
import { protocolErrors } from './kafkajs-internals.fixture.ts';
import { toPublishError } from './publish-error.ts';

const { createErrorFromCode, errorCodes } = protocolErrors();

const answered = (kafkaCode: number, code: string): Partial<Failure> => ({
  reach: 'answered',
  code,
  kafkaCode,
});
const unreachable = (code: string): Failure => ({ reach: 'unreachable', code, retriable: true });
const clientFailed: Failure = { reach: 'answered', code: 'CLIENT_FAILED', retriable: false };

describe('Kafka’s errors', () => {
  test('are all of Kafka 4.4, by the names that it gives them', () => {
    expect([...kafkaErrors].map(([number, { name }]) => [number, name])).toEqual(kafkaErrorNames);
  });

  test('are retriable where kafkajs says so too', () => {
    const theirs = errorCodes.map(({ code, retriable }) => [code, retriable]);
    expect(theirs).toEqual(errorCodes.map(({ code }) => [code, kafkaErrors.get(code)?.retriable]));
  });

  test.each(kafkaErrorNames)('%i by kafkajs is %s', (number, name) => {
    const failure = classifyFailure(createErrorFromCode(number));

    expect(failure).toMatchObject(answered(number, name));
    expect(failure.retriable).toBe(kafkaErrors.get(number)?.retriable);
  });

  test('that nobody knows keep their number, and condemn no event', () => {
    expect(classifyFailure(createErrorFromCode(999))).toEqual({
      ...answered(999, 'KAFKA_ERROR_999'),
      retriable: true,
    });
  });
});

/** Every class that kafkajs exports, made as kafkajs makes it, what is known of it, and what it is for the relay. */
const raised: Readonly<Record<string, readonly [args: readonly unknown[], Partial<Failure>, FailureClass]>> =
  {
    KafkaJSError: [['a retriable one'], unreachable('CONNECTION_FAILED'), 'unreachable'],
    KafkaJSNonRetriableError: [['a final one'], clientFailed, 'protocol'],
    KafkaJSPartialMessageError: [['cut short'], clientFailed, 'protocol'],
    KafkaJSBrokerNotFound: [['no such broker'], unreachable('CONNECTION_FAILED'), 'unreachable'],
    KafkaJSProtocolError: [
      [{ type: 'KAFKA_STORAGE_ERROR', code: 56, message: 'disk' }],
      answered(56, 'KAFKA_STORAGE_ERROR'),
      'partition',
    ],
    KafkaJSConnectionError: [
      ['refused', { broker: 'b:1', code: 'ECONNREFUSED' }],
      unreachable('ECONNREFUSED'),
      'unreachable',
    ],
    KafkaJSConnectionClosedError: [['Closed connection'], unreachable('CONNECTION_FAILED'), 'unreachable'],
    KafkaJSRequestTimeoutError: [
      ['Request Produce timed out', {}],
      unreachable('REQUEST_TIMEOUT'),
      'unreachable',
    ],
    KafkaJSSASLAuthenticationError: [
      ['SASL PLAIN authentication failed: Authentication failed: Invalid username or password'],
      answered(58, 'SASL_AUTHENTICATION_FAILED'),
      'authorization',
    ],
    KafkaJSNumberOfRetriesExceeded: [[new Error('last'), {}], clientFailed, 'protocol'],
    KafkaJSOffsetOutOfRange: [
      [{ type: 'OFFSET_OUT_OF_RANGE', code: 1, message: 'gone' }, {}],
      answered(1, 'OFFSET_OUT_OF_RANGE'),
      'protocol',
    ],
    KafkaJSMemberIdRequired: [
      [{ type: 'MEMBER_ID_REQUIRED', code: 79, message: 'who?' }, {}],
      answered(79, 'MEMBER_ID_REQUIRED'),
      'protocol',
    ],
    KafkaJSGroupCoordinatorNotFound: [
      ['none'],
      { reach: 'answered', code: 'COORDINATOR_NOT_AVAILABLE', retriable: true },
      'protocol',
    ],
    KafkaJSNotImplemented: [['not yet'], clientFailed, 'protocol'],
    KafkaJSMetadataNotLoaded: [['not loaded'], unreachable('CONNECTION_FAILED'), 'unreachable'],
    KafkaJSTopicMetadataNotLoaded: [['not loaded', {}], unreachable('CONNECTION_FAILED'), 'unreachable'],
    KafkaJSStaleTopicMetadataAssignment: [['stale', {}], unreachable('CONNECTION_FAILED'), 'unreachable'],
    KafkaJSDeleteGroupsError: [['groups'], unreachable('CONNECTION_FAILED'), 'unreachable'],
    KafkaJSTimeout: [['Timeout'], unreachable('REQUEST_TIMEOUT'), 'unreachable'],
    KafkaJSLockTimeout: [['Timeout while acquiring lock'], unreachable('REQUEST_TIMEOUT'), 'unreachable'],
    KafkaJSServerDoesNotSupportApiKey: [['too old', {}], answered(35, 'UNSUPPORTED_VERSION'), 'protocol'],
    KafkaJSUnsupportedMagicByteInMessageSet: [['too old'], clientFailed, 'protocol'],
    KafkaJSDeleteTopicRecordsError: [[{ partitions: [] }], unreachable('CONNECTION_FAILED'), 'unreachable'],
    KafkaJSInvariantViolation: [['a bug'], clientFailed, 'protocol'],
    KafkaJSInvalidVarIntError: [['too large a number'], clientFailed, 'protocol'],
    KafkaJSInvalidLongError: [['too large a number'], clientFailed, 'protocol'],
    KafkaJSCreateTopicError: [
      [{ type: 'POLICY_VIOLATION', code: 44, message: 'no' }, 't'],
      answered(44, 'POLICY_VIOLATION'),
      'protocol',
    ],
    KafkaJSAlterPartitionReassignmentsError: [
      [{ type: 'NO_REASSIGNMENT_IN_PROGRESS', code: 85, message: 'none' }, 't', 0],
      answered(85, 'NO_REASSIGNMENT_IN_PROGRESS'),
      'protocol',
    ],
    KafkaJSAggregateError: [
      ['Topic creation errors', [createErrorFromCode(29)]],
      answered(29, 'TOPIC_AUTHORIZATION_FAILED'),
      'authorization',
    ],
    KafkaJSFetcherRebalanceError: [[], clientFailed, 'protocol'],
    KafkaJSNoBrokerAvailableError: [[], unreachable('CONNECTION_FAILED'), 'unreachable'],
  };

const classes = new Map(
  Object.entries(createRequire(import.meta.url)('kafkajs/src/errors.js')).filter(
    (entry): entry is [string, new (...args: readonly unknown[]) => Error] =>
      entry[0].startsWith('KafkaJS') && typeof entry[1] === 'function',
  ),
);

describe('what kafkajs raises itself', () => {
  test('is in the table, every class of it', () => {
    expect(Object.keys(raised).toSorted()).toEqual([...classes.keys()].toSorted());
  });

  test.each(Object.entries(raised))('%s is told apart', (name, [args, expected, failureClass]) => {
    const Raised = classes.get(name) ?? Error;
    const error: unknown = Reflect.construct(Raised, args);

    expect(classifyFailure(withoutWrappers(error))).toMatchObject(expected);
    expect(classify(toPublishError('Publishing', error)).class).toBe(failureClass);
  });

  test.each([
    [16, 'NOT_COORDINATOR'],
    [22, 'ILLEGAL_GENERATION'],
    [25, 'UNKNOWN_MEMBER_ID'],
    [27, 'REBALANCE_IN_PROGRESS'],
  ])('%i %s is an answer, though kafkajs keeps only its words, and asks to join anew', (number, code) => {
    const wrapped = new kafkajs.KafkaJSError(createErrorFromCode(number));
    expect(classifyFailure(wrapped)).toEqual({ ...answered(number, code), retriable: true });
  });

  test.each([
    [30, answered(30, 'GROUP_AUTHORIZATION_FAILED')],
    [15, { reach: 'answered', code: 'COORDINATOR_NOT_AVAILABLE', retriable: true }],
  ])('a search for a group’s coordinator that ends with %i says what ended it', (number, expected) => {
    const wrapped = { cause: createErrorFromCode(number) };
    const cause = Reflect.construct(kafkajs.KafkaJSNonRetriableError, ['gave up', wrapped]);
    const error = Reflect.construct(kafkajs.KafkaJSGroupCoordinatorNotFound, ['none', { cause }]);
    expect(classifyFailure(error)).toMatchObject(expected);
  });

  test.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EADDRNOTAVAIL',
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('%s of a socket keeps its name', (code) => {
    const error = new kafkajs.KafkaJSConnectionError('Connection error', { broker: 'b:1', code });
    expect(classifyFailure(error)).toEqual(unreachable(code));
  });

  test.each([
    ['Closed connection', 'CONNECTION_FAILED'],
    ['Connection error: read ECONNRESET', 'CONNECTION_FAILED'],
    ['Request SaslAuthenticate(key: 36, version: 1) timed out', 'REQUEST_TIMEOUT'],
  ])('a login cut off by "%s" is no refusal', (reason, code) => {
    const error = Reflect.construct(kafkajs.KafkaJSSASLAuthenticationError, [
      `SASL PLAIN authentication failed: ${reason}`,
    ]);
    expect(classifyFailure(error)).toEqual(unreachable(code));
  });

  test('a login by a mechanism that the broker lacks is named', () => {
    const error = Reflect.construct(kafkajs.KafkaJSSASLAuthenticationError, [
      'SASL SCRAM-SHA-256 mechanism is not supported by the server',
    ]);
    expect(classifyFailure(error)).toMatchObject(answered(33, 'UNSUPPORTED_SASL_MECHANISM'));
  });

  test('is unwrapped to what it was, however deep', () => {
    const cause = createErrorFromCode(19);
    const once = Reflect.construct(kafkajs.KafkaJSNumberOfRetriesExceeded, [cause, {}]);
    const twice = Reflect.construct(kafkajs.KafkaJSNonRetriableError, ['gave up', { cause: once }]);

    expect(withoutWrappers(twice)).toBe(cause);
    expect(new KafkaRequestError('Reading t', twice)).toMatchObject({
      code: 'NOT_ENOUGH_REPLICAS',
      reach: 'answered',
      retriable: true,
    });
  });
});

test.each([new TypeError('value must be a string'), 'a string', undefined, { code: 10, type: 'no error' }])(
  '%s is the client’s failure and nobody’s answer',
  (thrown) => {
    expect(classifyFailure(withoutWrappers(thrown))).toEqual(clientFailed);
  },
);
