import { expect, it } from 'vitest';
import { PublishError } from '@waybill/outbox';
import { judge, readOutbox, readRecords } from '../checker/index.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';
import { relayBench, until } from './bench.ts';
import { intercept } from './intercept.ts';
import { pendingEvents, plant } from './outbox-rows.ts';
import { recreateTopic } from './recreate-topic.ts';
import { relayStarter } from './relay-starter.ts';

const events = (version: number) => Array.from({ length: 60 }, (_, index) => ({ key: `k${index}`, version }));

const settings = {
  laneBackoff: { baseMs: 20, capMs: 200 },
  heartbeatMs: 100,
  republishPerSecond: 10_000,
};

it('notices that a topic was made anew, sends what was lost again, marked, and says what a receipt is worth', async () => {
  await using bench = await relayBench(2);
  const running = bench.startRelay({ settings });
  await plant(bench.admin, bench.topic, 2, events(1));
  await until('the first are published', async () => (await pendingEvents(bench.admin)) === 0);
  await recreateTopic(bench);
  await plant(bench.admin, bench.topic, 2, events(2));
  await until(
    'both lanes say so',
    () => running.events.filter(({ type }) => type === 'log-lost').length === 2,
  );
  await until('the lost ones are there again', async () => {
    const { rows } = await bench.admin.query(
      `select count(*)::int as open from outbox_replay where finished_at is null`,
    );
    const { rows: all } = await bench.admin.query(`select count(*)::int as replays from outbox_replay`);
    return rows[0].open === 0 && all[0].replays === 2;
  });
  const records = await readRecords(bench.brokers, [bench.topic]);
  expect(judge({ ...(await readOutbox(bench.database.urlFor('superuser'))), records })).toEqual([]);
  const replayed = records.filter(({ headers }) => headers.some(([name]) => name === 'ce_replayed'));
  expect(new Set(replayed.map(({ key }) => key?.toString()))).toEqual(
    new Set(events(1).map(({ key }) => key)),
  );
  const { rows } = await bench.admin.query(
    `select d.state, d."offset"::int as "offset", d.partition from outbox_delivery('k5') d order by version`,
  );
  expect(rows.map(({ state }) => state)).toEqual(['published', 'published']);
  for (const { partition, offset } of rows) {
    const standing = records.find(
      (record) => record.partition === partition && record.offset === BigInt(offset),
    );
    expect(standing?.key?.toString()).toBe('k5');
  }
});

it('pauses the lane instead where that is the policy, and publishes what was lost when somebody asks for it', async () => {
  await using bench = await relayBench(1);
  await using folder = temporaryFolder();
  const start = relayStarter(bench, folder.path, 3_000);
  await using _relay = await start({ RELAY_ON_LOG_LOSS: 'pause' });
  await plant(bench.admin, bench.topic, 1, events(1));
  await until('the first are published', async () => (await pendingEvents(bench.admin)) === 0);
  await recreateTopic(bench);
  await plant(bench.admin, bench.topic, 1, events(2));
  const now = async () =>
    (
      await bench.admin.query(
        `select (select paused from outbox_lane) as paused, (select count(*)::int from outbox_replay) as replays,
                (select array_agg(state order by version) from outbox_delivery('k5')) as states`,
      )
    ).rows[0];
  await until('the lane is paused', async () => (await now()).paused);
  const paused = await now();
  expect(paused).toMatchObject({ replays: 0 });
  expect(paused.states[0]).toBe('lost');

  await bench.admin.query(`
    select outbox_request_replay(lane, 1, (select max(seq) from outbox), null, null, null, 10000, 'test', 'lost')
    from outbox_lane`);
  await bench.admin.query(`select outbox_resume(array_agg(lane), 'test', 'looked at') from outbox_lane`);
  await until('everything is there', async () =>
    (await now()).states.every((state: string) => state === 'published'),
  );
  await until('the replay is done', async () => {
    const { rows } = await bench.admin.query(
      'select bool_and(finished_at is not null) as done from outbox_replay',
    );
    return rows[0].done;
  });
  const records = await readRecords(bench.brokers, [bench.topic]);
  expect(judge({ ...(await readOutbox(bench.database.urlFor('superuser'))), records })).toEqual([]);
});

it('counts what a batch without an answer may have overwritten as lost too', async () => {
  await using bench = await relayBench(1);
  let isAnswerLost = false;
  const running = bench.startRelay({
    settings: { ...settings, laneBackoff: { baseMs: 5, capMs: 10 } },
    through: intercept({
      after() {
        if (!isAnswerLost) return;
        isAnswerLost = false;
        throw new PublishError('planted', 'unreachable', 'REQUEST_TIMEOUT');
      },
    }),
  });
  await plant(bench.admin, bench.topic, 1, events(1));
  await until('the first are published', async () => (await pendingEvents(bench.admin)) === 0);
  await recreateTopic(bench);
  isAnswerLost = true;
  await plant(bench.admin, bench.topic, 1, events(2).slice(0, 20));
  await until('it is said', () => running.events.some(({ type }) => type === 'log-lost'));
  await until('the lost ones are there again', async () => {
    const { rows } = await bench.admin.query(
      'select count(*)::int as done from outbox_replay where finished_at is not null',
    );
    return rows[0].done === 1;
  });
  const records = await readRecords(bench.brokers, [bench.topic]);
  const inKafka = new Set(
    records.map(({ headers }) => headers.find(([name]) => name === 'ce_id')?.[1].toString()),
  );
  // Sixty of the first round, twenty of the second: also the twenty whose offsets the unanswered batch took.
  expect(inKafka.size).toBe(80);
  expect(judge({ ...(await readOutbox(bench.database.urlFor('superuser'))), records })).toEqual([]);
});
