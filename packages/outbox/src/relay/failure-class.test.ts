import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../../../infra/local/index.ts';
import { PublishError } from '../publisher.ts';
import { classify, classifySessionEnd, UnsendableEventError } from './failure-class.ts';
import { kafkaErrorClasses } from './kafka-errors.fixture.ts';
import { LeaseLapsedError } from './lease.ts';
import { SourceChangedError, StandbyError } from './relay-database.ts';
import { sqlStates, wordsOfPg } from './postgres-errors.fixture.ts';
import { socketCodes } from './socket-errors.fixture.ts';

const answered = (code: string) => new PublishError('planted', 'answered', code);
const unreachable = (code: string) => new PublishError('planted', 'unreachable', code);
const withCode = (code: string) => Object.assign(new Error('planted'), { code });

function answerOfPostgres(code: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('planted', 7, 'error'), { code, severity: 'ERROR' });
}

async function listening(talk: (socket: net.Socket) => void) {
  const server = net.createServer(talk).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { server, port: address.port };
}

async function errorOf(socket: net.Socket): Promise<unknown> {
  return await new Promise((resolve) => socket.once('error', resolve));
}

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
    ...socketCodes,
    // Even a code that would blame an event: nobody answered, so nobody refused it.
    'MESSAGE_TOO_LARGE',
  ])('%s by an adapter is unreachable', (code) => {
    expect(classify(unreachable(code))).toEqual({ class: 'unreachable', code });
  });

  it('is authorization where a broker hung up on our credentials', () => {
    expect(classify(unreachable('SASL_AUTHENTICATION_FAILED')).class).toBe('authorization');
  });

  it.each(socketCodes)('a bare socket error %s is unreachable', (code) => {
    expect(classify(withCode(code))).toEqual({ class: 'unreachable', code });
  });

  it('goes by the first of the addresses where none of several answers', async () => {
    const port = await freePort();
    const addresses = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
    const error = await errorOf(
      net.connect({
        host: 'both',
        port,
        autoSelectFamily: true,
        lookup: (_host, _options, found) => found(null, addresses),
      }),
    );
    expect(error).toBeInstanceOf(AggregateError);
    expect(classify(error)).toEqual({ class: 'unreachable', code: 'ECONNREFUSED' });
  });

  it('goes by the first of several errors together that have no code in common', () => {
    const together = new AggregateError([withCode('ENETUNREACH'), withCode('ECONNREFUSED')]);
    expect(classify(together)).toEqual({ class: 'unreachable', code: 'ENETUNREACH' });
    expect(classify(new AggregateError([]))).toEqual({ class: 'protocol', code: 'AggregateError' });
  });

  it('is a server that does not speak TLS', async () => {
    const { server, port } = await listening((socket) => socket.end('not TLS'));
    const error = await errorOf(tls.connect({ host: '127.0.0.1', port }));
    server.close();
    expect(classify(error)).toEqual({ class: 'unreachable', code: 'ERR_SSL_WRONG_VERSION_NUMBER' });
  });
});

describe('PostgreSQL', () => {
  it.each(sqlStates)('SQLSTATE $state ($what) is of class database', ({ state }) => {
    expect(classify(answerOfPostgres(state))).toEqual({ class: 'database', code: state });
  });

  it('has a row for each class of SQLSTATE that is an error', () => {
    expect(new Set(sqlStates.map(({ state }) => state.slice(0, 2))).size).toBe(40);
  });

  it.each(Object.entries(wordsOfPg))('is behind pg’s words "%s", with the code %s', (message, code) => {
    expect(classify(new Error(message))).toEqual({ class: 'database', code });
  });

  it('is still spoken of by pg in these words', () => {
    const fromPg = createRequire(createRequire(import.meta.url).resolve('pg'));
    const library = path.dirname(fromPg.resolve('pg'));
    const files = ['client.js', 'connection.js', 'crypto/sasl.js'].map((file) => path.join(library, file));
    const source = [...files, fromPg.resolve('pg-pool')].map((file) => readFileSync(file, 'utf8')).join();
    expect(Object.keys(wordsOfPg).filter((sentence) => !source.includes(`'${sentence}'`))).toEqual([]);
  });

  it.each([
    ['what pg did not expect', new Error('Received unexpected dataRow message from backend.'), 'Error'],
    ['what pg cannot read', new pg.DatabaseError('received invalid response: 5a', 5, 'error'), 'error'],
    ['what nobody may ask', new Error('Cannot use a pool after calling end on the pool'), 'Error'],
    ['five letters without PostgreSQL’s severity', withCode('ABCDE'), 'ABCDE'],
  ])('is not blamed for %s', (_what, error, code) => {
    expect(classify(error)).toEqual({ class: 'protocol', code });
  });
});

describe('what ends a session', () => {
  it.each([
    ['an answer of PostgreSQL', answerOfPostgres('57P01'), 'database', '57P01'],
    [
      'a connection that broke',
      new Error('Connection terminated unexpectedly'),
      'database',
      'CONNECTION_FAILED',
    ],
    ['nobody at the address', withCode('ECONNREFUSED'), 'database', 'ECONNREFUSED'],
    ['a certificate', withCode('CERT_HAS_EXPIRED'), 'database', 'CERT_HAS_EXPIRED'],
    ['a standby', new StandbyError(), 'database', 'OUTBOX_STANDBY'],
    ['a failover', new SourceChangedError('other timeline', 2), 'database', 'OUTBOX_SOURCE_CHANGED'],
    ['a lapsed lease', new LeaseLapsedError(), 'lease', 'OUTBOX_LEASE_LAPSED'],
    ['a programming error', new TypeError('planted'), 'protocol', 'TypeError'],
  ])('is %s', (_what, error, expected, code) => {
    expect(classifySessionEnd(error)).toEqual({ class: expected, code });
  });
});

describe('everything else', () => {
  it('is an event that cannot be sent as it is stored', () => {
    expect(classify(new UnsendableEventError('planted'))).toEqual({ class: 'event', code: 'INVALID_EVENT' });
  });

  it.each([
    ['an error that only carries an event’s code', withCode('MESSAGE_TOO_LARGE'), 'MESSAGE_TOO_LARGE'],
    ['a programming error', new TypeError('planted'), 'TypeError'],
    ['nothing at all', undefined, 'UNKNOWN'],
    ['a string', 'planted', 'UNKNOWN'],
    ['an error with a number for a code', Object.assign(new Error('planted'), { code: 10 }), 'Error'],
  ])('is %s, and no event is blamed', (_what, error, code) => {
    expect(classify(error)).toEqual({ class: 'protocol', code });
  });
});
