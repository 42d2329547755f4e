import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrderDatabase, type TestDatabase } from '../../../../test/servers/databases.ts';
import { parsed, run } from '../command-line/run.fixture.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createOrderDatabase();
  const admin = new pg.Client({ connectionString: database.urlFor('superuser') });
  await admin.connect();
  await admin.query(
    `insert into audit_log (at, actor, action, table_name, row_id, row_version, request_id) values
       (now() - interval '3 hours', 'ada', 'order.placed', 'orders', 'o1', 1, 'r1'),
       (now() - interval '1 hour', 'clerk', 'user.registered', 'users', 'u1', null, 'r2'),
       (now(), 'ada', 'order.cancelled', 'orders', 'o1', 2, 'r3')`,
  );
  await admin.end();
});
afterAll(() => database[Symbol.asyncDispose]());

const audit = (...args: readonly string[]) =>
  run(['audit', ...args], { environment: { WAYBILL_DATABASE_URL: database.urlFor('waybill_ops') } });

describe('waybill audit', () => {
  it('tells who did what to which row in which request, newest first', async () => {
    const { exitCode, out } = await audit();
    expect(exitCode).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^\d{4}-\S+Z order\.cancelled o1 version 2 by ada request r3$/);
    expect(lines[1]).toMatch(/ user\.registered u1 by clerk request r2$/);
  });

  it.each([
    [['--actor', 'clerk'], ['r2']],
    [
      ['--row', 'o1'],
      ['r3', 'r1'],
    ],
    [['--request', 'r1'], ['r1']],
    [
      ['--since', '2h'],
      ['r3', 'r2'],
    ],
    [['--since', '2h', '--actor', 'ada'], ['r3']],
    [['--limit', '1'], ['r3']],
    [['--actor', 'nobody'], []],
  ])('narrows by %j', async (args, requests) => {
    const [answer] = parsed(await audit(...args, '--json'));
    expect(answer).toEqual({
      entries: requests.map((request_id) => expect.objectContaining({ request_id })),
    });
  });
});
