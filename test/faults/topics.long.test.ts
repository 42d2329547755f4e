import { cpSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort, type LocalServer, startKafka } from '../../infra/local/index.ts';
import { logFolder } from '../../infra/local/kafka/properties.ts';
import { lostEvents, readOutbox, readRecords } from '../checker/index.ts';
import { type RelayBench, relayBench, until } from '../relay/bench.ts';
import { plant } from '../relay/outbox-rows.ts';
import { temporaryFolder, type TemporaryFolder } from '../servers/temporary-folder.ts';
import { type RelayAtRisk, startRelayAtRisk } from '../stress/relay-at-risk.ts';
import { KafkaAdministration } from './kafka-administration.ts';
import { settled, verdictWithRisks } from './verdict.ts';

/** Topics that are taken away, made anew, cut short or made narrower under a running relay. */
const PARTITIONS = 4;
const KEYS = 100;
const settings = { sendTimeoutMs: 2_000, laneBackoff: { baseMs: 20, capMs: 200 }, heartbeatMs: 200 };

let folder: TemporaryFolder;
let kafka: LocalServer;
let administration: KafkaAdministration;
let port: number;

async function startOwnKafka(): Promise<void> {
  kafka = await startKafka({ dataDir: path.join(folder.path, 'kafka'), port, progress: () => undefined });
}

beforeAll(async () => {
  folder = temporaryFolder();
  port = await freePort();
  await startOwnKafka();
  administration = new KafkaAdministration([kafka.url]);
}, 120_000);
afterAll(async () => {
  await administration[Symbol.asyncDispose]();
  await kafka.stop();
  await folder[Symbol.asyncDispose]();
});

async function bench(): Promise<RelayBench> {
  return relayBench(PARTITIONS, [kafka.url]);
}

function startRelay(now: RelayBench): RelayAtRisk {
  return startRelayAtRisk(now, { settings, kafka: { requestTimeoutMs: settings.sendTimeoutMs } });
}

async function plantEach({ admin, topic }: RelayBench, version: number): Promise<void> {
  const events = Array.from({ length: KEYS }, (_, at) => ({ key: `k${at}`, version }));
  await plant(admin, topic, PARTITIONS, events);
}

async function rowsOf({ admin }: RelayBench, table: string): Promise<number> {
  const { rows } = await admin.query<{ rows: number }>(`select count(*)::int as rows from ${table}`);
  return rows[0]?.rows ?? -1;
}

/** Everything that the outbox holds stands in the log that Kafka has now, and nothing is to be sent again any more. */
async function everythingIsThere(now: RelayBench): Promise<void> {
  await until(
    'every event stands in the log that there is now',
    async () => {
      const { events } = await readOutbox(now.database.urlFor('superuser'));
      const records = await readRecords(now.brokers, [now.topic]);
      return lostEvents({ events, records, parked: [] }).length === 0;
    },
    60_000,
  );
  const open = 'outbox_replay where finished_at is null';
  await until('every replay is finished', async () => (await rowsOf(now, open)) === 0);
}

it('waits for a topic that was deleted, and publishes everything again when it is there once more', async () => {
  await using now = await bench();
  const { running, atRisk } = startRelay(now);
  await plantEach(now, 1);
  await settled(now);
  await administration.deleteTopic(now.topic);
  await plantEach(now, 2);
  await until('every lane backs off', () => {
    const { status } = running.relay;
    return status.state === 'running' && status.lanesBackingOff === PARTITIONS;
  });
  expect(await rowsOf(now, 'outbox_parked')).toBe(0);
  await administration.createTopic(now.topic, PARTITIONS, 1);
  await everythingIsThere(now);
  await settled(now);
  expect((await verdictWithRisks(now, [atRisk])).broken).toEqual([]);
  expect(await rowsOf(now, 'outbox_log_loss')).toBe(PARTITIONS);
});

it('accepts a log that begins anew, says what was lost, and publishes it again', async () => {
  await using now = await bench();
  const { atRisk } = startRelay(now);
  for (let version = 1; version <= 3; version += 1) await plantEach(now, version);
  await settled(now);
  // While nothing is sent: the relay cannot have noticed that the topic was away.
  await administration.recreateTopic(now.topic, PARTITIONS, 1);
  await plantEach(now, 4);
  await everythingIsThere(now);
  await settled(now);
  expect((await verdictWithRisks(now, [atRisk])).broken).toEqual([]);
  const { rows } = await now.admin.query<{ base: string; from: string }>(
    'select base_offset as base, lost_from as from from outbox_log_loss',
  );
  expect(rows.map(({ base, from }) => [base, from])).toEqual(
    Array.from({ length: PARTITIONS }, () => ['0', '0']),
  );
});

it('accepts a log that was cut short, and publishes again what it lost', async () => {
  await using now = await bench();
  const { atRisk } = startRelay(now);
  await plantEach(now, 1);
  await settled(now);
  const data = logFolder(path.join(folder.path, 'kafka'));
  const partitionFolder = path.join(data, `${now.topic}-0`);
  const copy = path.join(folder.path, 'copy');
  await kafka.stop();
  cpSync(partitionFolder, copy, { recursive: true });
  await startOwnKafka();
  await plantEach(now, 2);
  await settled(now);
  await kafka.stop();
  rmSync(partitionFolder, { recursive: true });
  cpSync(copy, partitionFolder, { recursive: true });
  expect(existsSync(partitionFolder)).toBe(true);
  await startOwnKafka();
  await plantEach(now, 3);
  await everythingIsThere(now);
  await settled(now);
  expect((await verdictWithRisks(now, [atRisk])).broken).toEqual([]);
  expect(await rowsOf(now, 'outbox_log_loss')).toBe(1);
});
