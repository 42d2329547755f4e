import { expect, it } from 'vitest';
import { readRecords } from '../checker/index.ts';
import { type RelayBench, relayBench, until } from '../relay/bench.ts';
import { plant } from '../relay/outbox-rows.ts';
import { KafkaAdministration } from './kafka-administration.ts';
import { settled, verdictOn } from './verdict.ts';

const PARTITIONS = 2;
const KEYS = 60;
const HISTORY = 6;
/** Of these orders the version named is larger than the topic allows. */
const large = new Map([
  ['order-3', 1],
  ['order-20', 3],
  ['order-41', HISTORY],
]);

/** A batch is refused, halved and sent again in a hundredth of it. */
const AT_ONCE_MS = 2_000;

/** From commit to acknowledgement, of all orders but those with a large event. */
async function p99OfOthersMs({ admin }: RelayBench): Promise<number> {
  const { rows } = await admin.query<{ p99: number | null }>(
    `select percentile_cont(0.99) within group (order by extract(epoch from published_at - committed_at) * 1000)::float8 as p99
     from ops_event_times where key <> all ($1)`,
    [[...large.keys()]],
  );
  return rows[0]?.p99 ?? Number.NaN;
}

it('parks an event that is too large with its successors, publishes every other order, and redrives in order', async () => {
  await using bench = await relayBench(PARTITIONS);
  await using administration = new KafkaAdministration(bench.brokers);
  const { admin, topic } = bench;
  await administration.setTopicConfig(topic, 'max.message.bytes', '20000');
  const running = bench.startRelay({
    settings: { heartbeatMs: 200, laneBackoff: { baseMs: 20, capMs: 200 } },
  });
  await until('the relay has lanes', () => running.events.some(({ type }) => type === 'lanes-granted'));
  for (let version = 1; version <= HISTORY; version += 1) {
    const events = Array.from({ length: KEYS }, (_, at) => {
      const key = `order-${at}`;
      const size = large.get(key) === version ? 50_000 : 10;
      return { key, version, payload: JSON.stringify('x'.repeat(size)) };
    });
    await plant(admin, topic, PARTITIONS, events);
  }
  await settled(bench);
  expect(await p99OfOthersMs(bench)).toBeLessThan(AT_ONCE_MS);

  const { rows: parked } = await admin.query<{ key: string; version: number; reason: string }>(
    'select key, version, reason from outbox_parked order by key, version',
  );
  const expected = [...large]
    .flatMap(([key, first]) =>
      Array.from({ length: HISTORY - first + 1 }, (_, behind) => ({
        key,
        version: first + behind,
        reason: behind === 0 ? 'MESSAGE_TOO_LARGE' : 'PREDECESSOR_PARKED',
      })),
    )
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.version - b.version));
  expect(parked).toEqual(expected);
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
  expect(await readRecords(bench.brokers, [topic])).toHaveLength(KEYS * HISTORY - expected.length);

  await administration.setTopicConfig(topic, 'max.message.bytes', '200000');
  await admin.query(
    `select outbox_wish(lane, array_agg(seq order by seq), 'redrive', 'an operator', 'the limit was raised')
     from outbox_parked group by lane`,
  );
  await until(
    'nothing is parked',
    async () => (await admin.query('select from outbox_parked')).rowCount === 0,
  );
  await settled(bench);
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
  expect(await readRecords(bench.brokers, [topic])).toHaveLength(KEYS * HISTORY);
  expect(running.events.filter(({ type }) => type === 'lane-backing-off')).toEqual([]);
});
