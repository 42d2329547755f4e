/**
 * Causes that need brokers of their own: logins, rights, quotas and a cluster that loses its members. All in one file
 * because they share that cluster, which takes half a minute to start, and its relay.
 */
import { hostname } from 'node:os';
import {
  Admin,
  AclOperations,
  AclPermissionTypes,
  ClientQuotaEntityTypes,
  ClientQuotaKeys,
  ResourcePatternTypes,
  ResourceTypes,
} from '@platformatic/kafka';
import { createKafkaPublisher, type KafkaSettings } from '@waybill/kafka';
import type { Cause } from '@waybill/outbox/operations';
import { Relay } from '@waybill/outbox/relay';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KafkaCluster, startKafkaCluster } from '../../../../infra/local/index.ts';
import { settled } from '../../../../test/faults/verdict.ts';
import { asMigrator, until } from '../../../../test/relay/bench.ts';
import { plant } from '../../../../test/relay/outbox-rows.ts';
import { silentLog } from '../../../../test/relay/silent-log.ts';
import { createOrderDatabase, type TestDatabase } from '../../../../test/servers/databases.ts';
import { temporaryFolder } from '../../../../test/servers/temporary-folder.ts';
import { openDatabase, type OperatorDatabase } from '../database/operator-database.ts';
import { diagnosisOf, lanesBackingOff, named as namedWithin } from './doctor.fixture.ts';

const topic = 'doctored';
const partitions = 3;
const users = { admin: 'admin-secret', relay: 'relay-secret', stranger: 'stranger-secret' } as const;
type User = keyof typeof users;
/** A cluster needs a while to notice a broker's death, and the relay its return, on a busy machine. */
const limitMs = 120_000;

const stack = new AsyncDisposableStack();
let cluster: KafkaCluster;
let database: TestDatabase;
let operator: OperatorDatabase;
let rows: pg.Pool;
let stopRelay = async (): Promise<void> => {};

const wrongPassword = 'yesterdays-secret';
const settingsOf = (user: User, password: string = users[user]): KafkaSettings => ({
  brokers: cluster.brokers,
  clientId: `doctor-${user}`,
  requestTimeoutMs: 5_000,
  sasl: { mechanism: 'plain', username: user, password },
});

/** Three brokers that ask who one is, a topic without replicas, and a relay that may do nothing yet. */
beforeAll(async () => {
  const access = { users };
  const folder = stack.use(temporaryFolder());
  cluster = stack.use(
    await startKafkaCluster({
      dataDir: folder.path,
      progress: () => {},
      access: [access, access, access],
    }),
  );
  database = stack.use(await createOrderDatabase());
  await asMigrator(database, 'delete from outbox_progress; delete from outbox_lane');
  await asMigrator(database, `select outbox_add_topic('${topic}', ${partitions})`);
  rows = new pg.Pool({ connectionString: database.urlFor('superuser'), max: 2 });
  stack.defer(() => rows.end());
  operator = stack.use(await openDatabase(database.urlFor('waybill_ops')));
  await asAdministrator((admin) => admin.createTopics({ topics: [topic], partitions, replicas: 1 }));
  startRelay(settingsOf('relay'));
  stack.defer(() => stopRelay());
}, 180_000);

afterAll(() => stack.disposeAsync(), 60_000);

function startRelay(settings: KafkaSettings): void {
  const pool = new pg.Pool({ connectionString: database.urlFor('waybill_relay'), max: 6 });
  pool.on('error', () => undefined);
  const publisher = createKafkaPublisher({ settings, logger: silentLog });
  const stopping = new AbortController();
  const ended = new Relay({ pool, publisher, listener: () => {} }).run(stopping.signal);
  stopRelay = async () => {
    stopping.abort();
    await ended;
    await publisher.close();
    await pool.end();
  };
}

async function asAdministrator<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin({
    clientId: 'administrator',
    bootstrapBrokers: [...cluster.brokers],
    sasl: { mechanism: 'PLAIN', username: 'admin', password: users.admin },
    retries: 10,
    retryDelay: 500,
  });
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}

const examined = (asker: User = 'admin', password?: string) =>
  diagnosisOf(
    { operator, databaseUrl: database.urlFor('waybill_ops'), kafka: settingsOf(asker, password) },
    { limits: { pendingMs: 0 } },
  );

async function causes(): Promise<Cause[]> {
  return (await examined()).findings.map(({ cause }) => cause);
}

const named = (expected: readonly Cause[], asker?: User) =>
  namedWithin(expected, () => examined(asker), limitMs);

const everyLaneBacksOff = () =>
  until('every lane backs off', async () => (await lanesBackingOff(rows)) === partitions, limitMs);

type Operation = 'WRITE' | 'DESCRIBE';

/** The relay's, on the topic. */
function right(operation: Operation) {
  return {
    resourceType: ResourceTypes.TOPIC,
    resourceName: topic,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: 'User:relay',
    host: '*',
    operation: AclOperations[operation],
    permissionType: AclPermissionTypes.ALLOW,
  };
}

async function allow(...operations: readonly Operation[]): Promise<void> {
  await asAdministrator((admin) => admin.createAcls({ creations: operations.map(right) }));
}

/** Until every lane has heard of it. */
async function revoke(...operations: readonly Operation[]): Promise<void> {
  await asAdministrator((admin) => admin.deleteAcls({ filters: operations.map(right) }));
  // More all the time: a broker may hear of it a little later than the one that was told.
  await until(
    'every lane backs off',
    async () => {
      await plantEverywhere();
      return (await lanesBackingOff(rows)) === partitions;
    },
    limitMs,
  );
}

let planted = 0;

/** Something for every partition, so that each lane meets what is wrong with it. */
async function plantEverywhere(): Promise<void> {
  planted += 1;
  const keys = Array.from({ length: 30 }, (_, at) => ({ key: `k${planted}-${at}`, version: 1 }));
  await plant(rows, topic, partitions, keys);
}

/** A relay that may publish has published everything. */
async function publishes(): Promise<void> {
  await allow('WRITE', 'DESCRIBE');
  await plantEverywhere();
  await settled({ admin: rows }, limitMs);
}

const notAuthorized: readonly Cause[] = ['NOT_AUTHORIZED'];
const quotaExceeded: readonly Cause[] = ['QUOTA_EXCEEDED'];
const leaderless: readonly Cause[] = ['PARTITION_WITHOUT_LEADER'];

test('a relay that may not write: named, whoever asks', async () => {
  await plantEverywhere();
  await everyLaneBacksOff();
  expect(await named(notAuthorized)).toEqual(notAuthorized);
  expect(await named(notAuthorized, 'relay')).toEqual(notAuthorized);

  await allow('WRITE', 'DESCRIBE');
  expect(await named([])).toEqual([]);
}, 300_000);

test.each([[['WRITE']], [['WRITE', 'DESCRIBE']]] as const)(
  'a relay that published and may no longer (%s): named, whoever asks, until it may again',
  async (operations) => {
    await publishes();
    expect(await causes()).toEqual([]);

    await revoke(...operations);
    for (const asker of ['admin', 'relay'] as const) {
      expect((await examined(asker)).findings).toEqual([
        expect.objectContaining({
          cause: 'NOT_AUTHORIZED',
          subject: topic,
          what: expect.stringContaining('(TOPIC_AUTHORIZATION_FAILED)'),
        }),
      ]);
    }

    await allow(...operations);
    await settled({ admin: rows }, limitMs);
    expect(await named([])).toEqual([]);
  },
  300_000,
);

test('a relay whose password is wrong: named once and by its host, whoever asks, until it has the right one', async () => {
  await publishes();
  await stopRelay();
  startRelay(settingsOf('relay', wrongPassword));
  await plantEverywhere();
  await everyLaneBacksOff();
  for (const asker of ['admin', 'relay'] as const) {
    expect((await examined(asker)).findings).toEqual([
      expect.objectContaining({
        cause: 'NOT_AUTHORIZED',
        subject: hostname(),
        what: expect.stringContaining('(SASL_AUTHENTICATION_FAILED)'),
        remedy: expect.stringContaining('the relay’s KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD'),
      }),
    ]);
  }

  await stopRelay();
  startRelay(settingsOf('relay'));
  await settled({ admin: rows }, limitMs);
  expect(await named([])).toEqual([]);
}, 300_000);

test('a password of whoever asks that is wrong: named, with what the relay waits for and nothing else', async () => {
  await publishes();
  const notLetIn = expect.objectContaining({
    cause: 'NOT_AUTHORIZED',
    subject: cluster.brokers.join(', '),
    what: expect.stringContaining('does not let us in (SASL_AUTHENTICATION_FAILED)'),
    remedy: expect.stringContaining('KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD'),
  });
  expect((await examined('admin', wrongPassword)).findings).toEqual([notLetIn]);

  await revoke('WRITE');
  expect((await examined('admin', wrongPassword)).findings).toEqual([
    notLetIn,
    expect.objectContaining({ cause: 'NOT_AUTHORIZED', subject: topic }),
  ]);

  await allow('WRITE');
  await settled({ admin: rows }, limitMs);
  expect(await named([])).toEqual([]);
}, 300_000);

test('a topic that whoever asks may not see: named with the right that the asker lacks', async () => {
  await publishes();
  expect((await examined('stranger')).findings).toEqual([
    expect.objectContaining({
      cause: 'NOT_AUTHORIZED',
      subject: topic,
      remedy: 'Give the user that asks DESCRIBE on the topic.',
    }),
  ]);
  expect(await causes()).toEqual([]);
}, 300_000);

async function limitRelay(bytesPerSecond: number | undefined): Promise<void> {
  const key = ClientQuotaKeys.PRODUCER_BYTE_RATE;
  await asAdministrator((admin) =>
    admin.alterClientQuotas({
      entries: [
        {
          entities: [{ entityType: ClientQuotaEntityTypes.USER, entityName: 'relay' }],
          ops: [
            bytesPerSecond === undefined
              ? { key, remove: true }
              : { key, value: bytesPerSecond, remove: false },
          ],
        },
      ],
    }),
  );
}

test('a quota that is used up: named, and not that the relay gets no answer', async () => {
  await limitRelay(5_000);
  const payload = JSON.stringify('x'.repeat(2_000));
  const seen = new Set<Cause>();
  let version = 0;
  await until(
    'the quota is named',
    async () => {
      // More all the time: what is sent before the throttling is answered.
      version += 1;
      const keys = Array.from({ length: 60 }, (_, at) => ({ key: `heavy-${at}`, version, payload }));
      await plant(rows, topic, partitions, keys);
      const found = await causes();
      for (const cause of found) seen.add(cause);
      return String(found) === String(quotaExceeded);
    },
    limitMs,
  );
  // Before a send has waited in vain there are only events that wait.
  expect([...seen].filter((cause) => cause !== 'EVENTS_WAIT')).toEqual(quotaExceeded);
  await limitRelay(undefined);
  expect(await named([])).toEqual([]);
}, 400_000);

test('a partition that nobody leads: named, and not that its lane waits', async () => {
  const { topics } = await asAdministrator((admin) => admin.metadata({ topics: [topic], forceUpdate: true }));
  const leader = topics.get(topic)?.partitions[0]?.leader ?? 0;
  await cluster.kill(leader);
  await plantEverywhere();
  expect(await named(leaderless)).toEqual(leaderless);

  await cluster.start(leader);
  expect(await named([])).toEqual([]);
}, 400_000);

test('a Kafka that does not answer: named, and not that lanes wait', async () => {
  for (const id of cluster.ids) await cluster.kill(id);
  await plantEverywhere();
  await everyLaneBacksOff();
  expect(await causes()).toEqual(['KAFKA_UNREACHABLE']);

  await Promise.all(cluster.ids.map((id) => cluster.start(id)));
  expect(await named([])).toEqual([]);
}, 400_000);
