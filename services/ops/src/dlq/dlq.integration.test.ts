import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSalesDatabase, type TestDatabase } from '../../../../test/servers/databases.ts';
import '../../../../test/servers/provided.ts';
import { parsed, run } from '../command-line/run.fixture.ts';

let database: TestDatabase;
let consumer: pg.Client;
beforeAll(async () => {
  database = await createSalesDatabase();
  consumer = new pg.Client({ connectionString: database.urlFor('waybill_sales') });
  await consumer.connect();
  await consumer.query(`insert into inbox_dead_letter (consumer_group, topic, kafka_partition, kafka_offset,
      message_hash, message_key, gate_key, key, version, epoch, payload, headers, reason, detail, attempts)
    select 'sales', 'order_placed', 3, n, '\\x00', 'o' || n, 'o' || n, 'o' || n, 1, 0, '{"n":1}',
      '{"ce_id":"o:1"}', 'event-not-json', 'the body is no JSON', 1
    from generate_series(1, 3) n`);
});
afterAll(async () => {
  await consumer.end();
  await database[Symbol.asyncDispose]();
});

const waybill = (...args: readonly string[]) =>
  run(['dlq', ...args], { environment: { WAYBILL_SALES_DATABASE_URL: database.urlFor('waybill_ops') } });

test('dead letters are listed and shown, and nothing is wished for without a reason and --yes', async () => {
  expect(parsed(await waybill('list', '--json'))).toMatchObject([
    [
      { id: 1, key: 'o1', partition: 3, offset: 1, reason: 'event-not-json', state: 'waiting', wish: null },
      { id: 2 },
      { id: 3 },
    ],
  ]);
  expect((await waybill('list')).out).toContain('event-not-json');
  expect(parsed(await waybill('list', '--key', 'o2', '--json'))).toMatchObject([[{ id: 2 }]]);
  const shown = await waybill('show', '1');
  expect(shown.out).toContain('{"n":1}');
  expect(shown.out).toContain('the body is no JSON');
  expect(await waybill('show', '99')).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining('no dead letter 99'),
  });

  expect(await waybill('redrive', '1')).toMatchObject({ exitCode: 2 });
  expect(await waybill('redrive', '--reason', 'x')).toMatchObject({ exitCode: 2 });
  expect(await waybill('redrive', '1', '--all', '--reason', 'x')).toMatchObject({ exitCode: 2 });
  const dry = await waybill('redrive', '--all', '--reason', 'mended');
  expect(dry.out).toContain('Would redrive 3 dead letters');
  const { rows } = await consumer.query('select from inbox_dead_letter where wish is not null');
  expect(rows).toEqual([]);
});

test('a wish is left with who and why, and followed until the consumer has carried it out', async () => {
  const redriving = waybill('redrive', '1', '--reason', 'mended', '--actor', 'ada', '--yes', '--json');
  const wished = async () =>
    (await consumer.query(`select from inbox_dead_letter where id = 1 and wish = 'redrive'`)).rows.length ===
    1;
  while (!(await wished()));
  await consumer.query(
    `update inbox_dead_letter set state = 'redriven', wish = null, resolved_at = now() where id = 1`,
  );
  expect(parsed(await redriving)).toMatchObject([
    { wish: 'redrive', dryRun: false, letters: [{ id: 1, state: 'redriven' }] },
  ]);
  expect(parsed(await waybill('show', '1', '--json'))).toMatchObject([
    { audit: [{ action: 'redrive wished', actor: 'ada', reason: 'mended' }] },
  ]);
  // Nobody carries this one out.
  const vain = await waybill('discard', '2', '--reason', 'x', '--yes', '--wait', '1s');
  expect(vain).toMatchObject({ exitCode: 1, out: expect.stringContaining('discard wished') });
});
