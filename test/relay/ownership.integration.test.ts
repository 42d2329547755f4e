import { PublishError } from '@waybill/outbox';
import { expect, it } from 'vitest';
import { readRecords } from '../checker/index.ts';
import { verdictOn } from '../faults/verdict.ts';
import { type RelayBench, type RelayStart, relayBench, until } from './bench.ts';
import { closedGate, type Interception, intercept } from './intercept.ts';
import { pendingEvents, plant } from './outbox-rows.ts';
import { recreateTopic } from './recreate-topic.ts';

/** Of a relay that hears nothing of other relays for as long as a test takes. */
const unaware = { heartbeatMs: 3_600_000, leaseMs: 20_000_000, sendTimeoutMs: 1_000 };

/** What another relay's grant does, at a moment when the owner cannot have noticed. */
async function grantToAnother({ admin }: RelayBench): Promise<void> {
  await admin.query(
    `update outbox_lane set owner = '0198c0de-0000-7000-8000-00000000dead', lease_epoch = lease_epoch + 1`,
  );
}

/** Everything that an owner writes of its lanes. */
async function kept({ admin }: RelayBench): Promise<unknown> {
  const { rows } = await admin.query(
    `select (select jsonb_agg(to_jsonb(l) order by lane) from outbox_lane l) as lanes,
            (select jsonb_agg(to_jsonb(p) order by id) from outbox_progress p) as progress,
            (select jsonb_agg(to_jsonb(p) order by lane, seq) from outbox_parked p) as parked,
            (select jsonb_agg(to_jsonb(r) order by id) from outbox_replay r) as replays,
            (select jsonb_agg(to_jsonb(l) order by lane, log_generation) from outbox_log_loss l) as losses,
            (select jsonb_agg(to_jsonb(a) order by id) from outbox_audit a) as audit`,
  );
  return rows[0];
}

it('lets a relay whose lane was granted to another change nothing in the database', async () => {
  await using bench = await relayBench(1);
  await plant(bench.admin, bench.topic, 1, [{ key: 'a', version: 1 }]);
  const acknowledged = closedGate();
  const goOn = closedGate();
  const first = bench.startRelay({
    settings: unaware,
    through: intercept({
      async after() {
        acknowledged.open();
        await goOn.passed;
      },
    }),
  });
  await acknowledged.passed;
  await grantToAnother(bench);
  const before = await kept(bench);
  goOn.open();
  await until('the first relay lets the lane go', () =>
    first.events.some((event) => event.type === 'lanes-lost'),
  );
  expect(await kept(bench)).toEqual(before);
  await first.stop();

  const second = bench.startRelay();
  await until('the second relay publishes', async () => (await pendingEvents(bench.admin)) === 0);
  await second.stop();
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 1 });
});

async function plantOne({ admin, topic }: RelayBench, version: number): Promise<void> {
  await plant(admin, topic, 1, [{ key: 'a', version }]);
}

function refuse(): never {
  throw new PublishError('planted', 'answered', 'MESSAGE_TOO_LARGE');
}

async function published(bench: RelayBench): Promise<void> {
  await plantOne(bench, 1);
  const relay = bench.startRelay();
  await until('it is published', async () => (await pendingEvents(bench.admin)) === 0);
  await relay.stop();
}

async function parkedAndWanted(bench: RelayBench): Promise<void> {
  await plantOne(bench, 1);
  await plantOne(bench, 2);
  const relay = bench.startRelay({ through: intercept({ before: refuse }) });
  const parked = () => bench.admin.query('select from outbox_parked');
  await until('both are parked', async () => (await parked()).rowCount === 2);
  await relay.stop();
  await bench.admin.query(
    `select outbox_wish(lane, array_agg(seq), 'redrive', 'tester', 'because') from outbox_parked group by lane`,
  );
}

async function publishedAndWanted(bench: RelayBench): Promise<void> {
  await published(bench);
  await bench.admin.query(
    `select outbox_request_replay(lane, 1, 1000, null, null, null, 1000, 'tester', 'because') from outbox_lane`,
  );
}

/** Its next batch gets an offset below what receipts name. */
async function publishedAndLost(bench: RelayBench): Promise<void> {
  await published(bench);
  await recreateTopic(bench);
  await plantOne(bench, 2);
}

interface LateAnswer {
  readonly answer: 'refused' | 'acknowledged';
  /** Leaves one batch to send. */
  readonly prepare: (bench: RelayBench) => Promise<void>;
  readonly settings?: RelayStart['settings'];
}

it.each<[string, LateAnswer]>([
  ['parks no event that is refused', { answer: 'refused', prepare: (bench) => plantOne(bench, 1) }],
  ['counts no attempt of a redrive that is refused', { answer: 'refused', prepare: parkedAndWanted }],
  ['takes out no parked event that it has sent', { answer: 'acknowledged', prepare: parkedAndWanted }],
  ['skips nothing of a replay that is refused', { answer: 'refused', prepare: publishedAndWanted }],
  ['counts nothing of a replay that it has sent', { answer: 'acknowledged', prepare: publishedAndWanted }],
  [
    'asks for nothing of a lost log',
    { answer: 'acknowledged', prepare: publishedAndLost, settings: { onLogLoss: 'republish' } },
  ],
  [
    'does not pause the lane for a lost log',
    { answer: 'acknowledged', prepare: publishedAndLost, settings: { onLogLoss: 'pause' } },
  ],
])('a relay that lost its lane before the answer came %s', async (_, { answer, prepare, settings }) => {
  await using bench = await relayBench(1);
  await prepare(bench);
  const sent = closedGate();
  const goOn = closedGate();
  // Whatever fails below: the relay that is ended afterwards waits for this answer.
  using _released = { [Symbol.dispose]: () => goOn.open() };
  const holdBack = async (): Promise<void> => {
    sent.open();
    await goOn.passed;
  };
  const interception: Interception =
    answer === 'acknowledged' ? { after: holdBack } : { before: () => holdBack().then(refuse) };
  const stale = bench.startRelay({
    settings: { ...unaware, ...settings },
    through: intercept(interception),
  });
  await sent.passed;
  await grantToAnother(bench);
  const before = await kept(bench);
  goOn.open();
  await until('it lets the lane go', () => stale.events.some(({ type }) => type === 'lanes-lost'));
  expect(await kept(bench)).toEqual(before);
});

it('does not take a lane again while a batch of it has no answer', async () => {
  await using bench = await relayBench(1);
  await plant(bench.admin, bench.topic, 1, [{ key: 'a', version: 1 }]);
  const sending = closedGate();
  const goOn = closedGate();
  let underWay = 0;
  let mostUnderWay = 0;
  const running = bench.startRelay({
    settings: { heartbeatMs: 50 },
    through: intercept({
      async before() {
        underWay += 1;
        mostUnderWay = Math.max(mostUnderWay, underWay);
        sending.open();
        await goOn.passed;
      },
      after: () => void (underWay -= 1),
    }),
  });
  await sending.passed;
  const heartbeats = async (): Promise<Date> => {
    const { rows } = await bench.admin.query<{ heartbeat: Date }>('select heartbeat from outbox_relay');
    return rows[0]?.heartbeat ?? new Date(0);
  };
  await bench.admin.query('update outbox_lane set owner = null, lease_epoch = lease_epoch + 1');
  await until('the loss is noticed', () => running.events.some((event) => event.type === 'lanes-lost'));
  const noticed = await heartbeats();
  await until('heartbeats go on', async () => (await heartbeats()).getTime() > noticed.getTime() + 300);
  goOn.open();
  await until('it is published', async () => (await pendingEvents(bench.admin)) === 0);
  expect(mostUnderWay).toBe(1);
});

it('finishes the batch in flight when told to stop, so that the next relay repeats nothing', async () => {
  await using bench = await relayBench(2);
  const events = Array.from({ length: 20 }, (_, index) => ({ key: `k${index}`, version: 1 }));
  await plant(bench.admin, bench.topic, 2, events);
  const sending = closedGate();
  const goOn = closedGate();
  const first = bench.startRelay({
    settings: { patienceMs: 20 },
    through: intercept({
      async before() {
        sending.open();
        await goOn.passed;
      },
    }),
  });
  await sending.passed;
  expect(first.relay.status).toMatchObject({ state: 'running', eventsInFlight: 20 });
  const stopped = first.stop();
  goOn.open();
  await stopped;

  expect(await pendingEvents(bench.admin)).toBe(0);
  const second = bench.startRelay();
  await plant(bench.admin, bench.topic, 2, [{ key: 'k0', version: 2 }]);
  await until('the rest is published', async () => (await pendingEvents(bench.admin)) === 0);
  await second.stop();
  expect(await readRecords(bench.brokers, [bench.topic])).toHaveLength(21);
});
