import path from 'node:path';
import { expect, it } from 'vitest';
import { partitionOf, PublishError, type Publisher } from '@waybill/outbox';
import { startKafkaCluster } from '../../infra/local/index.ts';
import { type RelayBench, relayBench, relayBenchOn, until } from '../relay/bench.ts';
import { intercept } from '../relay/intercept.ts';
import { plant } from '../relay/outbox-rows.ts';
import { createOrderDatabase } from '../servers/databases.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';
import { KafkaAdministration } from './kafka-administration.ts';
import { settled, verdictOn } from './verdict.ts';

/**
 * As many tries as an hour holds at the cap of the backoff, 30 s, for a lane, and some more. Without a leader it would be
 * some thousands, a second apart at most, which are no other than these.
 */
const TRIES = 150;

/** What waits up to 30 s otherwise waits 2 ms. */
const hourInSeconds = { laneBackoff: { baseMs: 1, capMs: 2 }, probeEveryMs: 1, pollMaxMs: 50 };

/** Every way in which a broker, a network or an administrator may keep the whole relay out. */
const outages = [
  ['unreachable', 'ECONNREFUSED'],
  ['unreachable', 'ECONNRESET'],
  ['unreachable', 'REQUEST_TIMEOUT'],
  ['unreachable', 'CONNECTION_FAILED'],
  ['answered', 'NOT_LEADER_OR_FOLLOWER'],
  ['answered', 'LEADER_NOT_AVAILABLE'],
  ['answered', 'NOT_ENOUGH_REPLICAS'],
  ['answered', 'KAFKA_STORAGE_ERROR'],
  ['answered', 'UNKNOWN_TOPIC_OR_PARTITION'],
  ['answered', 'TOPIC_AUTHORIZATION_FAILED'],
  ['answered', 'SASL_AUTHENTICATION_FAILED'],
  ['answered', 'THROTTLING_QUOTA_EXCEEDED'],
  ['answered', 'UNKNOWN_SERVER_ERROR'],
  ['answered', 'CORRUPT_MESSAGE'],
  ['answered', 'CLIENT_FAILED'],
] as const;

it('spends no attempt and parks nothing in outages of an hour, one of every kind', async () => {
  await using bench = await relayBench(1);
  let outage: (typeof outages)[number] | undefined;
  let tries = 0;
  const running = bench.startRelay({
    settings: hourInSeconds,
    through: intercept({
      before() {
        if (outage === undefined) return;
        tries += 1;
        const [reach, code] = outage;
        throw new PublishError('planted', reach, code);
      },
    }),
  });
  let version = 0;
  for (const kind of outages) {
    [outage, tries] = [kind, 0];
    version += 1;
    const events = Array.from({ length: 20 }, (_, at) => ({ key: `k${at}`, version }));
    await plant(bench.admin, bench.topic, 1, events);
    await until(`${kind[1]} lasts`, () => tries >= TRIES);
    outage = undefined;
    await settled(bench);
  }
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
  expect((await bench.admin.query('select from outbox_parked')).rowCount).toBe(0);
  const types = running.events.map(({ type }) => type);
  expect(types.filter((type) => type === 'lane-backing-off')).toHaveLength(outages.length);
  expect(types.filter((type) => type === 'lane-recovered')).toHaveLength(outages.length);
});

/** Counts, by partition, what brokers refuse with this code. */
class Refusals {
  readonly #code: string;
  readonly #of = new Map<number, number>();

  constructor(code: string) {
    this.#code = code;
  }

  of(partition: number): number {
    return this.#of.get(partition) ?? 0;
  }

  readonly through = (publisher: Publisher): Publisher => ({
    publish: async (batch) => {
      try {
        return await publisher.publish(batch);
      } catch (error) {
        if (error instanceof PublishError && error.code === this.#code)
          this.#of.set(batch.partition, this.of(batch.partition) + 1);
        throw error;
      }
    },
    probe: (topic) => publisher.probe(topic),
    close: () => publisher.close(),
  });
}

interface Parked {
  readonly key: string;
  readonly reason: string;
  readonly attempts: number;
}

async function parkedIn({ admin }: RelayBench): Promise<Parked[]> {
  return (await admin.query<Parked>('select key, reason, attempts from outbox_parked order by seq')).rows;
}

it('spends no attempt and parks nothing while real brokers refuse every batch', async () => {
  await using folder = temporaryFolder();
  await using cluster = await startKafkaCluster({
    dataDir: path.join(folder.path, 'kafka'),
    progress: () => undefined,
  });
  await using administration = new KafkaAdministration(cluster.brokers);
  await using database = await createOrderDatabase();
  // All three have to have a batch: more than are left when one of them is stopped.
  const config = { 'min.insync.replicas': '3', 'max.message.bytes': '20000' };
  await using bench = await relayBenchOn({ database, brokers: cluster.brokers, replicas: 3, config }, 2);
  const { admin, topic } = bench;
  const refusals = new Refusals('NOT_ENOUGH_REPLICAS');
  const running = bench.startRelay({
    settings: { ...hourInSeconds, heartbeatMs: 50, parkedRetry: { baseMs: 1e12, capMs: 1e12 } },
    through: refusals.through,
  });
  const large = { key: 'large', version: 1, payload: JSON.stringify('x'.repeat(50_000)) };
  await plant(admin, topic, 2, [large]);
  const parkedOnce = { key: 'large', reason: 'MESSAGE_TOO_LARGE', attempts: 1 };
  await until('it is parked', async () => (await parkedIn(bench)).length === 1, 60_000);

  const leaders = await administration.leadersOf(topic);
  const follower = cluster.ids.find((id) => !leaders.includes(id)) ?? 3;
  await cluster.stop(follower);
  // Where it lies, its retry meets the outage first; in the other partition new events do.
  await admin.query('update outbox_parked set next_attempt_at = clock_timestamp()');
  const [its, other] = [partitionOf('large', 2), 1 - partitionOf('large', 2)];
  await until('its retry is refused', () => refusals.of(its) > 0);
  const keys = Array.from({ length: 40 }, (_, at) => `k${at}`);
  for (let version = 1; version <= 3; version += 1) {
    const events = keys.map((key) => ({ key, version }));
    await plant(admin, topic, 2, events);
  }
  await until('the outage lasts', () => refusals.of(its) >= TRIES && refusals.of(other) >= TRIES, 60_000);
  expect(await parkedIn(bench)).toEqual([parkedOnce]);

  await administration.setTopicConfig(topic, 'min.insync.replicas', '2');
  await settled(bench);
  // It was due all the time, and is still too large.
  await until('its retry is answered', async () => (await parkedIn(bench))[0]?.attempts !== 1);
  expect(await parkedIn(bench)).toEqual([{ ...parkedOnce, attempts: 2 }]);
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
  const codes = running.events.flatMap((event) =>
    event.type === 'lane-backing-off' ? [event.failure.code] : [],
  );
  expect(codes).toEqual(['NOT_ENOUGH_REPLICAS', 'NOT_ENOUGH_REPLICAS']);
  expect(running.events.filter(({ type }) => type === 'lane-recovered')).toHaveLength(2);
});
