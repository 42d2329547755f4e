import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { PublishError } from '../publisher.ts';
import { classify, UnsendableEventError } from './failure-class.ts';
import { kafkaErrorClasses } from './kafka-errors.fixture.ts';
import { LeaseLapsedError } from './lease.ts';

const answered = (code: string) => new PublishError('planted', 'answered', code);
const unreachable = (code: string) => new PublishError('planted', 'unreachable', code);
const withCode = (code: string) => Object.assign(new Error('planted'), { code });

describe('what a broker answers', () => {
  it.each(Object.entries(kafkaErrorClasses))('%s is of class %s', (code, expected) => {
    expect(classify(answered(code))).toEqual({ class: expected, code });
  });

  it('knows all of Kafka 4.4', () => {
    expect(Object.keys(kafkaErrorClasses)).toHaveLength(137);
  });

  it('blames an event for three answers and for nothing else', () => {
    const blamed = Object.entries(kafkaErrorClasses).filter(([, expected]) => expected === 'event');
    expect(blamed.map(([code]) => code)).toEqual([
      'MESSAGE_TOO_LARGE',
      'RECORD_LIST_TOO_LARGE',
      'INVALID_RECORD',
    ]);
  });

  it.each(['KAFKA_ERROR_999', 'CLIENT_FAILED', 'BASE_OFFSET_UNKNOWN', 'constructor'])(
    'never blames an event for %s, which it does not know',
    (code) => {
      expect(classify(answered(code))).toEqual({ class: 'protocol', code });
    },
  );
});

it('calls it a quota when the broker throttles', () => {
  expect(classify(answered('THROTTLED'))).toEqual({ class: 'quota', code: 'THROTTLED' });
});

describe('what is no answer', () => {
  it.each([
    'REQUEST_TIMEOUT',
    'CONNECTION_FAILED',
    'PUBLISHER_CLOSED',
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'CERT_HAS_EXPIRED',
    // Even a code that would blame an event: nobody answered, so nobody refused it.
    'MESSAGE_TOO_LARGE',
  ])('%s by an adapter is unreachable', (code) => {
    expect(classify(unreachable(code))).toEqual({ class: 'unreachable', code });
  });

  it('is authorization where a broker hung up on our credentials', () => {
    expect(classify(unreachable('SASL_AUTHENTICATION_FAILED')).class).toBe('authorization');
  });

  it.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ERR_SOCKET_CLOSED',
  ])('a bare socket error %s is unreachable', (code) => {
    expect(classify(withCode(code))).toEqual({ class: 'unreachable', code });
  });
});

describe('PostgreSQL', () => {
  it.each(['40001', '40P01', '55P03', '57P01', '57014', '08006', '53300', '42501', 'XX000'])(
    'SQLSTATE %s is of class database',
    (code) => {
      const error = Object.assign(new pg.DatabaseError('planted', 7, 'error'), { code, severity: 'ERROR' });
      expect(classify(error)).toEqual({ class: 'database', code });
    },
  );
});

describe('everything else', () => {
  it('is an event that cannot be sent as it is stored', () => {
    expect(classify(new UnsendableEventError('planted'))).toEqual({ class: 'event', code: 'INVALID_EVENT' });
  });

  it.each([
    ['an error that only carries an event’s code', withCode('MESSAGE_TOO_LARGE'), 'MESSAGE_TOO_LARGE'],
    ['a lapsed lease', new LeaseLapsedError(), 'OUTBOX_LEASE_LAPSED'],
    ['a programming error', new TypeError('planted'), 'TypeError'],
    ['nothing at all', undefined, 'UNKNOWN'],
    ['a string', 'planted', 'UNKNOWN'],
    ['an error with a number for a code', Object.assign(new Error('planted'), { code: 10 }), 'Error'],
  ])('is %s, and no event is blamed', (_what, error, code) => {
    expect(classify(error)).toEqual({ class: 'protocol', code });
  });
});
