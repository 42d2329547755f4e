import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { loggerOptions } from './logger.ts';

function captured() {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { logger: pino(loggerOptions({ service: 'order-api', level: 'info' }), stream), lines };
}

describe('given a log line with something that nobody may read', () => {
  test.each([
    ['a name at the top', { name: 'SECRET Lovelace' }],
    ['an e-mail inside a user', { user: { id: 1, email: 'SECRET@example.com' } }],
    ['a password two levels down', { a: { b: { password: 'SECRET' } } }],
    ['an authorization header', { req: { headers: { authorization: 'Bearer SECRET' } } }],
    ['a capitalized authorization header', { req: { headers: { Authorization: 'Bearer SECRET' } } }],
    ['a cookie', { req: { headers: { cookie: 'sid=SECRET' } } }],
    ['a cookie being set', { res: { headers: { 'set-cookie': ['sid=SECRET'] } } }],
    ['users in a list', { users: [{ name: 'SECRET' }] }],
    ['a name far down', { a: { b: { c: { d: { e: { name: 'SECRET' } } } } } }],
    ['a connection string', { url: 'postgres://waybill_api:SECRET@127.0.0.1:5432/waybill' }],
    ['a connection string with a user-less password', { url: 'redis://:SECRET@127.0.0.1:6379' }],
    ['an e-mail within text', { note: 'wrote to SECRET.lovelace+x@mail.example.org twice' }],
    [
      'a driver error that quotes a row',
      { err: Object.assign(new Error('x'), { detail: 'Key (email)=(SECRET)' }) },
    ],
    ['an error whose message quotes a value', { err: new Error("insert … values ('SECRET@example.com')") }],
    [
      'an ORM’s error that ends with PostgreSQL’s detail',
      {
        err: new Error(
          'insert … - new row violates check constraint "ck"\n - detail: Failing row contains (1, "SECRET").\n - hint: SECRET',
        ),
      },
    ],
    [
      'an error whose cause quotes a value',
      { err: new Error('x', { cause: new Error('SECRET@example.com') }) },
    ],
    ['an error in another field', { error: Object.assign(new Error('x'), { parameters: ['SECRET'] }) }],
  ])('%s is hidden and the line stays JSON', (_what, entry) => {
    const { logger, lines } = captured();
    logger.info(entry, 'connecting to postgres://a:SECRET@db/waybill');
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('SECRET');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ service: 'order-api', level: 'info' });
  });

  test('what a child logger adds to each line is hidden too', () => {
    const { logger, lines } = captured();
    logger.child({ user: { name: 'SECRET' }, orderId: 'o-1' }).info('seen');
    expect(lines[0]).not.toContain('SECRET');
    expect(lines[0]).toMatch(/\n$/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ user: { name: '[hidden]' }, orderId: 'o-1' });
  });

  test('PostgreSQL’s detail is cut out of message and stack, and nothing behind it', () => {
    const { logger, lines } = captured();
    logger.error(new Error('violates "ck"\n - detail: Failing row contains (1, "SECRET\\\n").'));
    const { msg, err } = JSON.parse(lines[0] ?? '');
    expect([msg, err.message]).toEqual(['violates "ck"', 'violates "ck"']);
    expect(err.stack).toMatch(/^Error: violates "ck"\n {4}at .*logger\.test\.ts/);
    expect(lines[0]).not.toContain('SECRET');
  });

  test('what may be read stays: ids, codes, addresses, stacks, the user of a connection string', () => {
    const { logger, lines } = captured();
    const err = Object.assign(new Error('duplicate key'), { code: '23505', constraint: 'uq_users_email' });
    logger
      .child({ orderId: 'o-1' })
      .warn({ err, url: 'postgres://waybill_api:x@localhost:5432/waybill' }, 'refused');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'warn',
      orderId: 'o-1',
      msg: 'refused',
      url: 'postgres://waybill_api:[hidden]@localhost:5432/waybill',
      err: { type: 'Error', message: 'duplicate key', code: '23505', constraint: 'uq_users_email' },
    });
    expect(lines[0]).toContain('logger.test.ts');
  });
});
