import { PublishError } from '@waybill/outbox/publisher';
import {
  KafkaJSConnectionError,
  KafkaJSLockTimeout,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
  KafkaJSRequestTimeoutError,
  KafkaJSSASLAuthenticationError,
} from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { requestTimeout, toPublishError, underThrottle } from './publish-error.ts';

function kafkaAnswer(type: string, code: number, retriable: boolean, message: string): KafkaJSProtocolError {
  return new KafkaJSProtocolError(Object.assign(new Error(message), { type, code, retriable }));
}

/** Its types declare no argument. */
function authenticationError(message: string): Error {
  return Reflect.construct(KafkaJSSASLAuthenticationError, [message]);
}

const tooLarge = kafkaAnswer('MESSAGE_TOO_LARGE', 10, false, 'larger than the max message size');
const noLeader = kafkaAnswer('LEADER_NOT_AVAILABLE', 5, true, 'There is no leader for this topic-partition');

describe('a failed publish', () => {
  test.each([
    [tooLarge, { reach: 'answered', code: 'MESSAGE_TOO_LARGE', kafkaCode: 10, retriable: false }],
    [noLeader, { reach: 'answered', code: 'LEADER_NOT_AVAILABLE', kafkaCode: 5, retriable: true }],
    [
      new KafkaJSConnectionError('refused', { broker: 'a:1', code: 'ECONNREFUSED' }),
      { reach: 'unreachable', code: 'ECONNREFUSED', kafkaCode: undefined, retriable: true },
    ],
    [
      new KafkaJSConnectionError('Connection timeout', { broker: 'a:1' }),
      { reach: 'unreachable', code: 'CONNECTION_FAILED', kafkaCode: undefined, retriable: true },
    ],
    [
      new KafkaJSRequestTimeoutError('Request Produce timed out', {
        broker: 'a:1',
        clientId: 'waybill',
        correlationId: 1,
        createdAt: 0,
        sentAt: 0,
        pendingDuration: 0,
      }),
      { reach: 'unreachable', code: 'REQUEST_TIMEOUT', kafkaCode: undefined, retriable: true },
    ],
    [
      Reflect.construct(KafkaJSRequestTimeoutError, [
        'Request Produce timed out',
        { createdAt: 0, sentAt: null },
      ]),
      { reach: 'answered', code: 'THROTTLED', kafkaCode: undefined, retriable: true },
    ],
    [
      Reflect.construct(KafkaJSLockTimeout, ['Timeout while acquiring lock']),
      { reach: 'unreachable', code: 'REQUEST_TIMEOUT', kafkaCode: undefined, retriable: true },
    ],
    [
      authenticationError('SASL PLAIN authentication failed: Invalid username or password'),
      { reach: 'answered', code: 'SASL_AUTHENTICATION_FAILED', kafkaCode: 58, retriable: false },
    ],
    [
      authenticationError('SASL PLAIN mechanism is not supported by the server'),
      { reach: 'answered', code: 'UNSUPPORTED_SASL_MECHANISM', kafkaCode: 33, retriable: false },
    ],
    [
      authenticationError('SASL PLAIN authentication failed: Closed connection'),
      { reach: 'unreachable', code: 'CONNECTION_FAILED', kafkaCode: undefined, retriable: true },
    ],
    [
      authenticationError(
        'SASL SCRAM SHA256 authentication failed: Request SaslAuthenticate(key: 36, version: 1) timed out',
      ),
      { reach: 'unreachable', code: 'REQUEST_TIMEOUT', kafkaCode: undefined, retriable: true },
    ],
    [
      new TypeError('value must be a string'),
      { reach: 'answered', code: 'CLIENT_FAILED', kafkaCode: undefined, retriable: false },
    ],
  ])('is told apart: %s', (cause, expected) => {
    expect(toPublishError('Publishing', cause)).toMatchObject({ ...expected, cause });
  });

  test('is unwrapped from what kafkajs throws after its retries', () => {
    const wrapped = new KafkaJSNumberOfRetriesExceeded(noLeader, { retryCount: 0, retryTime: 300 });

    const error = toPublishError('Publishing 2 messages to orders/4', wrapped);

    expect(error).toBeInstanceOf(PublishError);
    expect(error.cause).toBe(noLeader);
    expect(error.message).toMatch(
      /^Publishing 2 messages to orders\/4 failed: LEADER_NOT_AVAILABLE: There is no/,
    );
  });

  test('keeps the number of an error that kafkajs does not know, and never condemns an event for it', () => {
    const unknown = kafkaAnswer('KAFKAJS_UNKNOWN_ERROR_CODE', -99, false, 'Unknown error code 999');

    expect(toPublishError('Publishing', unknown)).toMatchObject({
      reach: 'answered',
      code: 'KAFKA_ERROR_999',
      kafkaCode: 999,
      retriable: true,
    });
  });

  test('under a throttle is the quota’s doing where no answer came, and nothing else', () => {
    const silence = requestTimeout('Publishing', 3_000);
    expect(underThrottle('Publishing', silence)).toMatchObject({
      code: 'THROTTLED',
      reach: 'answered',
      cause: silence,
    });
    const refused = toPublishError('Publishing', tooLarge);
    expect(underThrottle('Publishing', refused)).toBe(refused);
  });
});
