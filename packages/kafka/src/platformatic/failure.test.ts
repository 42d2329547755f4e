import {
  AuthenticationError,
  MultipleErrors,
  NetworkError,
  ProtocolError,
  ResponseError,
  TimeoutError,
  UserError,
} from '@platformatic/kafka';
import { describe, expect, test } from 'vitest';
import { kafkaErrorNames } from '../kafka-error-names.fixture.ts';
import { kafkaErrors } from '../kafka-errors.ts';
import { KafkaPublishError, requestTimeout } from '../publish-error.ts';
import { toPublishError } from './failure.ts';

/** The newest error that this client has a name for. */
const newestKnown = 127;

const told = (error: unknown) => toPublishError('Publishing', error);
const socketError = (code: string) => Object.assign(new Error('planted'), { code });
const connecting = (cause: Error) => new NetworkError('Connection to b:1 failed.', { cause });

describe('Kafka’s errors', () => {
  test.each(kafkaErrorNames.filter(([number]) => number <= newestKnown))('%i is %s', (number, name) => {
    const answer = new ResponseError(3, 12, { '/topics/0': [number, null] }, {});

    expect(told(answer)).toMatchObject({
      reach: 'answered',
      code: name,
      kafkaCode: number,
      retriable: kafkaErrors.get(number)?.retriable,
    });
  });

  test('that the client has no name for make it stumble, which condemns no event', () => {
    const stumble = () => new ResponseError(3, 12, { '/topics/0': [newestKnown + 1, null] }, {});

    expect(stumble).toThrow(TypeError);
    expect(told(new TypeError('Cannot destructure'))).toMatchObject({ code: 'CLIENT_FAILED' });
  });
});

describe('what the client raises itself', () => {
  test.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('%s of a socket keeps its name', (code) => {
    for (const error of [
      connecting(socketError(code)),
      connecting(new UserError('TLS handshake failed.', { cause: socketError(code) })),
      new MultipleErrors('Cannot connect to any broker.', [connecting(socketError(code))]),
    ]) {
      expect(told(error)).toMatchObject({ reach: 'unreachable', code, retriable: true });
    }
  });

  test.each([
    ['a request without an answer', new TimeoutError('Request timed out'), 'REQUEST_TIMEOUT'],
    ['a connection without an answer', connecting(new TimeoutError('timed out')), 'REQUEST_TIMEOUT'],
    ['a connection that ended', new NetworkError('Connection closed'), 'CONNECTION_FAILED'],
    [
      'a login that was cut off',
      connecting(
        new AuthenticationError('Cannot find a suitable SASL mechanism.', {
          cause: new NetworkError('Connection closed'),
        }),
      ),
      'CONNECTION_FAILED',
    ],
  ])('%s is unreachable', (_what, error, code) => {
    expect(told(error)).toMatchObject({ reach: 'unreachable', code, retriable: true });
  });

  test.each([
    [
      'by the broker',
      new AuthenticationError('SASL authentication failed.', { cause: new ProtocolError(58) }),
      'SASL_AUTHENTICATION_FAILED',
    ],
    [
      'by the client, which does not believe the broker',
      new AuthenticationError('SASL authentication failed.', {
        cause: new UserError('Invalid server nonce'),
      }),
      'SASL_AUTHENTICATION_FAILED',
    ],
    [
      'for its mechanism',
      new AuthenticationError('Cannot find a suitable SASL mechanism.', {
        cause: new ResponseError(17, 1, { '/': [33, null] }, {}),
      }),
      'UNSUPPORTED_SASL_MECHANISM',
    ],
  ])('a login refused %s is an answer', (_who, error, code) => {
    expect(told(connecting(error))).toMatchObject({ reach: 'answered', code });
  });

  test.each([new TypeError('value must be a Buffer'), new UserError('nonsense'), 'a string', undefined])(
    '%s is the client’s failure and nobody’s answer',
    (thrown) => {
      expect(told(thrown)).toMatchObject({ reach: 'answered', code: 'CLIENT_FAILED', retriable: false });
    },
  );

  test('is not told a second time when it is told already', () => {
    const first = requestTimeout('Publishing', 5);
    expect(told(first)).toBe(first);
  });

  test('keeps the innermost error as the cause', () => {
    const cause = socketError('ECONNREFUSED');
    const error = told(connecting(cause));

    expect(error).toBeInstanceOf(KafkaPublishError);
    expect(error.cause).toBe(cause);
    expect(error.message).toBe('Publishing failed: ECONNREFUSED: planted');
  });
});
