import { expect, it } from 'vitest';
import { partitionOf, PublishError } from '@waybill/outbox';
import { verdictOn, verdictWithRisks } from '../faults/verdict.ts';
import { startRelayAtRisk } from '../stress/relay-at-risk.ts';
import { type RelayBench, relayBench, until } from './bench.ts';
import { closedGate, intercept } from './intercept.ts';
import { pendingEvents, plant } from './outbox-rows.ts';

const events = (count: number, version: number) =>
  Array.from({ length: count }, (_, index) => ({ key: `k${index}`, version }));

async function allPublished(bench: RelayBench): Promise<void> {
  await until('everything is published', async () => (await pendingEvents(bench.admin)) === 0, 30_000);
}

it('backs off in a lane that fails while the others go on, probes it with one event, and loses nothing', async () => {
  await using bench = await relayBench(4);
  let isSick = true;
  const probes: number[] = [];
  const running = bench.startRelay({
    settings: { laneBackoff: { baseMs: 10, capMs: 50 } },
    through: intercept({
      before({ partition, messages }) {
        if (partition !== 2 || !isSick) return;
        probes.push(messages.length);
        throw new PublishError('planted', 'answered', 'NOT_LEADER_OR_FOLLOWER');
      },
    }),
  });
  await plant(bench.admin, bench.topic, 4, events(200, 1));
  const sick = events(200, 1).filter(({ key }) => partitionOf(key, 4) === 2).length;
  await until('the healthy lanes are done', async () => (await pendingEvents(bench.admin)) === sick);
  await plant(bench.admin, bench.topic, 4, events(200, 2));
  await until('they are done again', async () => (await pendingEvents(bench.admin)) === 2 * sick);
  await until('the sick lane was probed', () => probes.length >= 5);

  isSick = false;
  await allPublished(bench);
  expect(probes[0]).toBe(sick);
  expect(probes.slice(1).every((size) => size === 1)).toBe(true);
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
  expect(running.events.map((event) => event.type)).toEqual([
    'lanes-granted',
    'lane-backing-off',
    'lane-recovered',
  ]);
});

it('publishes other lanes’ events while one has no answer yet, and sends nothing more into that one', async () => {
  await using bench = await relayBench(4);
  const answer = closedGate();
  // Whatever fails below: the relay that is ended afterwards waits for this answer.
  using _released = { [Symbol.dispose]: () => answer.open() };
  const sent: number[] = [];
  bench.startRelay({
    // Nobody goes alone here: what goes on does so within the cycle.
    settings: { patienceMs: 60_000 },
    through: intercept({
      before: ({ partition }) => void sent.push(partition),
      after: ({ partition }) => (partition === 1 ? answer.passed : undefined),
    }),
  });
  const keyOf = (partition: number): string => {
    const key = Array.from({ length: 100 }, (_, n) => `k${n}`).find(
      (one) => partitionOf(one, 4) === partition,
    );
    if (key === undefined) throw new Error(`no key falls into partition ${partition}`);
    return key;
  };
  const put = (partition: number, version: number) =>
    plant(bench.admin, bench.topic, 4, [{ key: keyOf(partition), version }]);
  await put(1, 1);
  await until('the slow lane’s event is sent', () => sent.includes(1));
  await put(1, 2);
  for (const version of [1, 2, 3]) {
    await put(2, version);
    await until('the other lane is published', async () => (await pendingEvents(bench.admin)) === 2);
  }
  expect(sent).toEqual([1, 2, 2, 2]);

  answer.open();
  await allPublished(bench);
  expect(sent).toEqual([1, 2, 2, 2, 1]);
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
});

it('goes on without a lane that gets no answer, and takes it back when the answer comes', async () => {
  await using bench = await relayBench(4);
  let release = (): void => undefined;
  const slow = new Promise<void>((resolve) => {
    release = resolve;
  });
  // Whatever fails below: the relay that is ended afterwards waits for this answer.
  using _released = { [Symbol.dispose]: () => release() };
  let isFirst = true;
  bench.startRelay({
    settings: { patienceMs: 30 },
    through: intercept({
      async before({ partition }) {
        if (partition !== 1 || !isFirst) return;
        isFirst = false;
        await slow;
      },
    }),
  });
  await plant(bench.admin, bench.topic, 4, events(100, 1));
  const stuck = events(100, 1).filter(({ key }) => partitionOf(key, 4) === 1).length;
  await until('the others are done', async () => (await pendingEvents(bench.admin)) === stuck);
  await plant(bench.admin, bench.topic, 4, events(100, 2));
  await until('they are done again', async () => (await pendingEvents(bench.admin)) === 2 * stuck);
  release();
  await allPublished(bench);
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
});

it('ends the backoff of an unreachable broker when a probe is answered', async () => {
  await using bench = await relayBench(2);
  let isAway = true;
  let probes = 0;
  bench.startRelay({
    settings: { laneBackoff: { baseMs: 3_600_000, capMs: 3_600_000 }, probeEveryMs: 20 },
    through: (publisher) => ({
      async publish(batch) {
        if (isAway) throw new PublishError('planted', 'unreachable', 'ECONNREFUSED');
        return await publisher.publish(batch);
      },
      async probe(topic) {
        probes += 1;
        if (isAway) throw new PublishError('planted', 'unreachable', 'ECONNREFUSED');
        await publisher.probe(topic);
      },
      close: () => publisher.close(),
    }),
  });
  await plant(bench.admin, bench.topic, 2, events(10, 1));
  await until('the relay probes', () => probes >= 3);
  isAway = false;
  await allPublished(bench);
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
});

it('asks a partition without a leader as often as a broker that is away, however long it has been without', async () => {
  await using bench = await relayBench(1);
  let refusals = 0;
  bench.startRelay({
    settings: { laneBackoff: { baseMs: 3_600_000, capMs: 3_600_000 }, probeEveryMs: 20 },
    through: intercept({
      before() {
        if (refusals === 5) return;
        refusals += 1;
        throw new PublishError('planted', 'answered', 'NOT_LEADER_OR_FOLLOWER');
      },
    }),
  });
  await plant(bench.admin, bench.topic, 1, events(10, 1));
  await allPublished(bench);
  expect(refusals).toBe(5);
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
});

it('starts again from the committed progress when the database cuts every connection', async () => {
  await using bench = await relayBench(4);
  const { running, atRisk } = startRelayAtRisk(bench);
  await until('the relay runs', () => running.relay.status.state === 'running');
  const hasEnded = () => running.events.some(({ type }) => type === 'session-ended');
  // A cut that falls between two polls costs an idle connection and nothing else.
  for (let round = 1; round <= 4 || (!hasEnded() && round <= 40); round += 1) {
    await plant(bench.admin, bench.topic, 4, events(500, round));
    await bench.admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'outbox-relay' and datname = $1`,
      [bench.database.name],
    );
  }
  await allPublished(bench);
  expect((await verdictWithRisks(bench, [atRisk])).broken).toEqual([]);
  expect(hasEnded()).toBe(true);
  expect(running.events.map(({ type }) => type)).toContain('session-back');
});

it('says once which lanes nobody reads, and once that it is over', async () => {
  await using bench = await relayBench(2);
  await bench.admin.query(
    `insert into outbox (lane, topic, key, version, type, payload, headers) values (999, 'gone', 'k', 1, 't', '{}', '{}')`,
  );
  const running = bench.startRelay({ settings: { upkeepEveryMs: 50, upkeepRetryMs: 50 } });
  const strays = () => running.events.filter((event) => event.type === 'stray-lanes');
  await until('it is said', () => strays().length > 0);
  // More upkeep in between: the partitions of another day are gone and made again.
  const { rows } = await bench.admin.query(
    `select to_char((now() at time zone 'UTC')::date + 7, '"outbox_p"YYYYMMDD') as last_day`,
  );
  await bench.admin.query(`drop table ${rows[0].last_day}`);
  await until('upkeep came round', () => running.events.some((event) => event.type === 'partitions-made'));
  expect(strays()).toEqual([{ type: 'stray-lanes', lanes: [999] }]);
  await bench.admin.query('delete from outbox where lane = 999');
  await until('its end is said', () =>
    running.events.some((event) => event.type === 'upkeep-mended' && event.what === 'stray-lanes'),
  );
});

it('keeps a batch under its limits of rows and bytes, and sends a row that exceeds them alone', async () => {
  await using bench = await relayBench(1);
  const batches: number[][] = [];
  const payload = (bytes: number) => JSON.stringify('x'.repeat(bytes));
  await plant(bench.admin, bench.topic, 1, [
    ...Array.from({ length: 12 }, (_, index) => ({
      key: `small-${index}`,
      version: 1,
      payload: payload(10),
    })),
    { key: 'large-1', version: 1, payload: payload(6_000) },
    { key: 'large-2', version: 1, payload: payload(6_000) },
    { key: 'huge', version: 1, payload: payload(40_000) },
    { key: 'last', version: 1 },
  ]);
  bench.startRelay({
    settings: { limits: { rows: 5, bytes: 10_000 } },
    through: intercept({
      before: ({ messages }) => void batches.push(messages.map((message) => message.value.length)),
    }),
  });
  await allPublished(bench);
  expect(batches.flat()).toHaveLength(16);
  expect(batches.every((batch) => batch.length <= 5)).toBe(true);
  const overBytes = batches.filter((batch) => batch.reduce((sum, length) => sum + length, 0) > 10_000);
  expect(overBytes).toEqual([[40_002]]);
});
