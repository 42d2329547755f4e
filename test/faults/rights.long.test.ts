import { createKafkaPublisher, readTopic } from '@waybill/kafka';
import { createPlatformaticPublisher } from '@waybill/kafka/platformatic/publisher';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RelayBench, relayBenchOn, until } from '../relay/bench.ts';
import { plant } from '../relay/outbox-rows.ts';
import { silentLog } from '../relay/silent-log.ts';
import { createOrderDatabase } from '../servers/databases.ts';
import { type GuardedKafka, startGuardedKafka } from './guarded-kafka.ts';
import { KafkaAdministration } from './kafka-administration.ts';
import { Unanswered } from './unanswered.ts';
import { settled, unsettled, verdictOn } from './verdict.ts';

const PARTITIONS = 4;
const EVENTS = 200;
const settings = { sendTimeoutMs: 3_000, laneBackoff: { baseMs: 20, capMs: 200 } };

let kafka: GuardedKafka;
let administration: KafkaAdministration;
beforeAll(async () => {
  kafka = await startGuardedKafka();
  administration = new KafkaAdministration(kafka.backDoor);
}, 120_000);
afterAll(async () => {
  await administration[Symbol.asyncDispose]();
  await kafka[Symbol.asyncDispose]();
});

async function benchOn(stack: AsyncDisposableStack): Promise<RelayBench> {
  const database = stack.use(await createOrderDatabase());
  return stack.use(await relayBenchOn({ database, brokers: kafka.backDoor, replicas: 1 }, PARTITIONS));
}

async function plantEach({ admin, topic }: RelayBench, version: number, payload: string): Promise<void> {
  const events = Array.from({ length: EVENTS }, (_, at) => ({ key: `k${at}`, version, payload }));
  await plant(admin, topic, PARTITIONS, events);
}

async function parkedIn({ admin }: RelayBench): Promise<number> {
  return (await admin.query('select from outbox_parked')).rowCount ?? 0;
}

it('backs off while it is not allowed to write, and goes on when it is again', async () => {
  await using stack = new AsyncDisposableStack();
  const bench = await benchOn(stack);
  const { topic } = bench;
  const running = bench.startRelay({ settings, kafka: { brokers: kafka.brokers, sasl: kafka.relay } });
  for (let version = 1; version <= 3; version += 1) {
    await plantEach(bench, version, '{}');
    const backingOff = () => running.events.filter(({ type }) => type === 'lane-backing-off').length;
    await until('every lane backs off', () => backingOff() >= version * PARTITIONS);
    expect(await unsettled(bench)).toBe(EVENTS);
    await administration.allowWrite('relay', topic);
    await settled(bench);
    await administration.revokeWrite('relay', topic);
  }
  const codes = running.events.flatMap((event) =>
    event.type === 'lane-backing-off' && event.error instanceof Error && 'code' in event.error
      ? [event.error.code]
      : [],
  );
  expect(codes).toContain('TOPIC_AUTHORIZATION_FAILED');
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
  expect(await parkedIn(bench)).toBe(0);
});

it('keeps waiting with a password that is not right', async () => {
  await using stack = new AsyncDisposableStack();
  const bench = await benchOn(stack);
  await administration.allowWrite('relay', bench.topic);
  const wrong = { ...kafka.relay, password: 'yesterdays-password' };
  const locked = bench.startRelay({ settings, kafka: { brokers: kafka.brokers, sasl: wrong } });
  await plantEach(bench, 1, '{}');
  await until('every lane backs off', () => {
    const { status } = locked.relay;
    return status.state === 'running' && status.lanesBackingOff === PARTITIONS;
  });
  expect([await unsettled(bench), await parkedIn(bench)]).toEqual([EVENTS, 0]);
  await locked.stop();
  bench.startRelay({ settings, kafka: { brokers: kafka.brokers, sasl: kafka.relay } });
  await settled(bench);
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
});

it.each([
  ['kafkajs', createKafkaPublisher],
  ['@platformatic/kafka', createPlatformaticPublisher],
])('slows down under a quota, says so and parks nothing: %s', async (_, createPublisher) => {
  await using stack = new AsyncDisposableStack();
  const bench = await benchOn(stack);
  await administration.allowWrite('relay', bench.topic);
  const unanswered = new Unanswered();
  const { brokers, relay: sasl } = kafka;
  const running = bench.startRelay({
    settings,
    through: () =>
      unanswered.through(
        createPublisher({
          settings: { brokers, sasl, clientId: 'throttled', requestTimeoutMs: settings.sendTimeoutMs },
          logger: silentLog,
        }),
      ),
  });
  await administration.limitProducer('relay', 20_000);
  const payload = JSON.stringify('x'.repeat(2_000));
  // 400 kB at 20 kB/s: taken, and paid for afterwards by whoever goes on sending.
  await plantEach(bench, 1, payload);
  await settled(bench, 60_000);
  await plantEach(bench, 2, payload);
  await until(
    'the relay says that it is throttled',
    () =>
      running.events.some(
        (event) =>
          event.type === 'lane-backing-off' &&
          event.failure.class === 'quota' &&
          event.failure.code === 'THROTTLED',
      ),
    60_000,
  );
  expect(unanswered.attempts).toBeGreaterThan(0);
  expect(await parkedIn(bench)).toBe(0);
  await administration.limitProducer('relay', undefined);
  await settled(bench, 120_000);
  const { broken, duplicates } = await verdictOn(bench);
  expect(broken).toEqual([]);
  console.log(
    `quota: ${running.events.flatMap((event) => (event.type === 'lane-backing-off' ? [event.failure.code] : [])).join()}`,
  );
  console.log(`quota: ${duplicates} twice of ${2 * EVENTS}, ${unanswered.events} in unanswered sends`);
  expect(duplicates).toBeLessThanOrEqual(unanswered.events);
  expect(await parkedIn(bench)).toBe(0);
});

it('shows a topic to whoever may read it and its groups, says which of the two is missing, and leaves no group', async () => {
  await using stack = new AsyncDisposableStack();
  const bench = await benchOn(stack);
  bench.startRelay({ settings });
  await plantEach(bench, 1, '{}');
  await settled(bench);
  const { brokers, relay: sasl } = kafka;
  const watch = async (): Promise<number> => {
    const enough = new AbortController();
    let seen = 0;
    await readTopic({
      settings: { brokers, sasl, clientId: 'watcher', requestTimeoutMs: 5_000 },
      topic: bench.topic,
      from: 'beginning',
      onReady: () => undefined,
      async onMessage() {
        seen += 1;
        if (seen === EVENTS) enough.abort();
      },
      signal: AbortSignal.any([enough.signal, AbortSignal.timeout(60_000)]),
      logger: silentLog,
    });
    return seen;
  };

  await expect(watch()).rejects.toMatchObject({ code: 'TOPIC_AUTHORIZATION_FAILED' });
  await administration.allowRead('relay', bench.topic);
  await expect(watch()).rejects.toMatchObject({ code: 'GROUP_AUTHORIZATION_FAILED' });
  await administration.allowGroups('relay', 'waybill-tail-');
  expect(await watch()).toBe(EVENTS);
  expect(await administration.groups()).toEqual([]);
});
