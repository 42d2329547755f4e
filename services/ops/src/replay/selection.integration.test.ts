import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KafkaRecord, readRecords } from '../../../../test/checker/index.ts';
import { type RelayBench, relayBench, until } from '../../../../test/relay/bench.ts';
import { pendingEvents, plant } from '../../../../test/relay/outbox-rows.ts';
import { parsed, run } from '../command-line/run.fixture.ts';

const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);
const [earlier, then, later] = [hoursAgo(3), hoursAgo(2), hoursAgo(1)] as const;

/**
 * In the order of their seq. An event is as old as its transaction, which may have begun long before one that wrote
 * first: so no range of seqs holds the events of one time and no others.
 */
const events = [
  { key: 'y', version: 1, createdAt: earlier },
  { key: 'x', version: 1, createdAt: then },
  { key: 'x', version: 2, createdAt: earlier },
  { key: 'y', version: 2, createdAt: later },
  { key: 'x', version: 3, createdAt: later },
  { key: 'y', version: 3, createdAt: then },
  { key: 'x', version: 4, createdAt: then },
  { key: 'y', version: 4, createdAt: later },
];

let bench: RelayBench;
/** From the third event to the sixth. */
let seqs: string;

beforeAll(async () => {
  // One partition: what a replay sends stands behind everything before it.
  bench = await relayBench(1);
  bench.startRelay({ settings: { heartbeatMs: 100 } });
  await plant(bench.admin, bench.topic, 1, events);
  await until('all are published', async () => (await pendingEvents(bench.admin)) === 0);
  const { rows } = await bench.admin.query('select seq from outbox order by seq');
  seqs = `${rows[2].seq}..${rows[5].seq}`;
});

afterAll(() => bench[Symbol.asyncDispose]());

const header = ({ headers }: KafkaRecord, wanted: string): string | undefined =>
  headers.find(([name]) => name === wanted)?.[1].toString();

const time = ['--from', then.toISOString(), '--to', later.toISOString()];

test.each([
  ['a time, its end not included', () => time, ['x:1', 'y:3', 'x:4']],
  ['a range of seqs, both ends included', () => ['--seq', seqs], ['x:2', 'y:2', 'x:3', 'y:3']],
  ['one order and a time', () => ['--order', 'x', ...time], ['x:1', 'x:4']],
  ['one order and a range of seqs', () => ['--order', 'x', '--seq', seqs], ['x:2', 'x:3']],
])('waybill replay by %s sends those events again, marked, and no others', async (_, selection, expected) => {
  const before = await readRecords(bench.brokers, [bench.topic]);
  const { exitCode, ...said } = await run(
    ['replay', 'start', ...selection(), '--reason', 'a consumer lost them', '--yes', '--json'],
    { environment: { WAYBILL_DATABASE_URL: bench.database.urlFor('waybill_ops'), USER: 'olga' } },
  );
  const after = await readRecords(bench.brokers, [bench.topic]);
  const again = after.slice(before.length);
  expect(again.map((record) => [header(record, 'ce_id'), header(record, 'ce_replayed')])).toEqual(
    expected.map((id) => [id, 'true']),
  );
  expect(exitCode).toBe(0);
  expect(parsed(said)).toMatchObject([
    { plan: { events: expected.length }, replays: [{ state: 'finished', sent: expected.length }] },
  ]);
});
