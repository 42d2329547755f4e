import { partitionOf } from '@waybill/outbox';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { expect, it } from 'vitest';
import { run } from '../../services/ops/src/command-line/run.fixture.ts';
import { startProxiedKafka } from '../faults/proxied-kafka.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';
import { asMigrator, createTopic, type RelayBench, relayBench, until } from './bench.ts';
import { pendingEvents, plant } from './outbox-rows.ts';
import { relayStarter } from './relay-starter.ts';

const PARTITIONS = 3;
const AN_HOUR_MS = 3_600_000;
/** A lane that has failed often waits for up to half a minute. */
const LIMIT_MS = 60_000;

/** As much of the command's answer as is looked at. */
const Status = Type.Object({
  topics: Type.Array(
    Type.Object({
      topic: Type.String(),
      pending: Type.Integer(),
      oldestAgeMs: Type.Union([Type.Number(), Type.Null()]),
      lanes: Type.Object({ backingOff: Type.Integer() }),
    }),
  ),
  backingOff: Type.Array(
    Type.Object({
      topic: Type.String(),
      partition: Type.Integer(),
      class: Type.String(),
      code: Type.String(),
      failures: Type.Integer(),
      since: Type.String(),
    }),
  ),
});
type Status = Static<typeof Status>;

const keys = ['a', 'b', 'c', 'd', 'e'];
const hit = [...new Set(keys.map((key) => partitionOf(key, PARTITIONS)))].toSorted(
  (one, other) => one - other,
);

/** Old when the test begins, so that an age by the wrong clock or of the wrong event is seen. */
const createdAt = new Date(Date.now() - AN_HOUR_MS);

/** What `status --json` says as soon as it says this: what is waited for is what is judged. */
async function statusWhen(
  { database }: RelayBench,
  what: string,
  isSo: (status: Status) => boolean,
): Promise<Status> {
  let said: Status = { topics: [], backingOff: [] };
  const environment = { WAYBILL_DATABASE_URL: database.urlFor('waybill_ops') };
  const ask = async (): Promise<boolean> => {
    const { exitCode, out, err } = await run(['status', '--json'], { environment });
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    said = Value.Parse(Status, JSON.parse(out));
    return isSo(said);
  };
  await until(`status says that ${what}`, ask, LIMIT_MS);
  return said;
}

const nothingWaits = ({ topics, backingOff }: Status): boolean =>
  backingOff.length === 0 && topics.every(({ pending }) => pending === 0);

const calm = (topic: string) => ({ topic, pending: 0, oldestAgeMs: null, lanes: { backingOff: 0 } });
const waiting = (topic: string) => ({
  topic,
  pending: keys.length,
  oldestAgeMs: expect.any(Number),
  lanes: { backingOff: hit.length },
});

/** Every lane of the topic that has something to send is named, and no other. */
function expectNamed({ topics, backingOff }: Status, why: { topic: string; class: string; code: string }) {
  const age = topics.find(({ topic }) => topic === why.topic)?.oldestAgeMs ?? 0;
  expect(age).toBeGreaterThanOrEqual(AN_HOUR_MS);
  expect(age).toBeLessThanOrEqual(Date.now() - createdAt.getTime());
  const byPartition = backingOff.toSorted((one, other) => one.partition - other.partition);
  expect(byPartition).toMatchObject(hit.map((partition) => ({ partition, ...why })));
  for (const { failures, since } of backingOff) {
    expect(failures).toBeGreaterThan(0);
    expect(Date.parse(since) - createdAt.getTime()).toBeGreaterThanOrEqual(AN_HOUR_MS);
  }
}

it('status names what a relay backs off from, topic by topic and as long as it does', async () => {
  await using folder = temporaryFolder();
  await using stack = new AsyncDisposableStack();
  const { brokers, proxy } = stack.use(await startProxiedKafka());
  const bench = stack.use(await relayBench(PARTITIONS, brokers));
  const { topic: present } = bench;
  const missing = `${present}_missing`;
  await asMigrator(bench.database, `select outbox_add_topic('${missing}', ${PARTITIONS})`);
  stack.use(await relayStarter(bench, folder.path, 4_000)());
  const put = (topic: string, version: number) =>
    plant(
      bench.admin,
      topic,
      PARTITIONS,
      keys.map((key) => ({ key, version, createdAt })),
    );
  const everyHitLaneSays =
    (why: string) =>
    ({ backingOff }: Status) =>
      backingOff.length === hit.length && backingOff.every(({ code }) => code === why);

  await put(present, 1);
  await until('it is published', async () => (await pendingEvents(bench.admin)) === 0, LIMIT_MS);
  await put(missing, 1);
  const unknown = await statusWhen(
    bench,
    'a topic is missing',
    everyHitLaneSays('UNKNOWN_TOPIC_OR_PARTITION'),
  );
  expect(unknown.topics).toMatchObject([calm(present), waiting(missing)]);
  expectNamed(unknown, { topic: missing, class: 'topic', code: 'UNKNOWN_TOPIC_OR_PARTITION' });

  await createTopic({ brokers, replicas: 1 }, missing, PARTITIONS);
  const found = await statusWhen(bench, 'nothing waits', nothingWaits);
  expect(found.topics).toMatchObject([calm(present), calm(missing)]);

  await proxy.setMode({ kind: 'refuse' });
  proxy.cut();
  await put(present, 2);
  const cutOff = await statusWhen(bench, 'Kafka is away', everyHitLaneSays('ECONNREFUSED'));
  expect(cutOff.topics).toMatchObject([waiting(present), calm(missing)]);
  expectNamed(cutOff, { topic: present, class: 'unreachable', code: 'ECONNREFUSED' });

  await proxy.setMode({ kind: 'pass' });
  const over = await statusWhen(bench, 'nothing waits again', nothingWaits);
  expect(over.topics).toMatchObject([calm(present), calm(missing)]);
}, 240_000);
