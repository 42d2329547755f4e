import { randomUUID } from 'node:crypto';
import { findUnawareLanes, pauseLanes, type Queryable } from '@waybill/outbox/operations';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRecords } from '../../../../test/checker/index.ts';
import { type RelayBench, relayBench, type RunningRelay, until } from '../../../../test/relay/bench.ts';
import { pendingEvents, plant } from '../../../../test/relay/outbox-rows.ts';
import { createOrderDatabase } from '../../../../test/servers/databases.ts';
import { parsed, run } from '../command-line/run.fixture.ts';

let bench: RelayBench;
let running: RunningRelay;
/** By partition. */
let lanes: readonly number[];

beforeAll(async () => {
  bench = await relayBench(2);
  running = bench.startRelay({ settings: { heartbeatMs: 100, pollMaxMs: 100 } });
  await until('the relay holds both lanes', () => {
    const { status } = running.relay;
    return status.state === 'running' && status.lanes === 2;
  });
  const { rows } = await bench.admin.query('select lane from outbox_lane order by partition');
  lanes = rows.map(({ lane }) => lane);
});

afterAll(() => bench[Symbol.asyncDispose]());

async function answerOf(...args: string[]): Promise<unknown> {
  const [answer] = parsed(
    await run([...args, '--reason', 'maintenance', '--json'], {
      environment: { WAYBILL_DATABASE_URL: bench.database.urlFor('waybill_ops'), USER: 'olga' },
    }),
  );
  return answer;
}

/** Into each lane one event. */
const plantInBoth = (version: number): Promise<void> =>
  plant(bench.admin, bench.topic, 2, [
    { key: 'left', version },
    { key: 'right', version },
  ]);

/** Partition and event of each record, in the order of partitions. */
async function inKafka(): Promise<string[]> {
  const records = await readRecords(bench.brokers, [bench.topic]);
  return records.map(({ partition, headers }) => {
    const id = headers.find(([name]) => name === 'ce_id')?.[1].toString();
    return `${partition} ${id}`;
  });
}

const allPublished = (): Promise<void> =>
  until('everything is published', async () => (await pendingEvents(bench.admin)) === 0);

/**
 * Until the relay has asked what is paused, looked for events and recorded what it sent of them: of two ends of its
 * loops the second one belongs to a round that began after now.
 */
async function wholeRound(): Promise<void> {
  for (const end of ['first', 'second']) {
    const since = performance.now();
    await until(`the ${end} end of a round`, () => {
      const { status } = running.relay;
      if (status.state !== 'running' || status.eventsInFlight > 0) return false;
      return performance.now() - status.progressAgeMs > since;
    });
  }
}

test('pause --lane holds this lane back and no other, until resume --lane', async () => {
  const [left] = lanes;
  expect(await answerOf('pause', '--lane', `${left}`)).toEqual({
    action: 'pause',
    lanes: [left],
    notYet: [],
  });
  await wholeRound();
  await plantInBoth(1);
  await until('the other lane is done', async () => (await pendingEvents(bench.admin)) <= 1);
  await wholeRound();
  expect(await inKafka()).toEqual(['1 right:1']);

  expect(await answerOf('resume', '--lane', `${left}`)).toEqual({
    action: 'resume',
    lanes: [left],
    notYet: [],
  });
  await allPublished();
  expect(await inKafka()).toEqual(['0 left:1', '1 right:1']);
});

test('pause --all holds every lane back, until resume --all', async () => {
  const before = await inKafka();
  expect(await answerOf('pause', '--all')).toEqual({ action: 'pause', lanes, notYet: [] });
  await wholeRound();
  await plantInBoth(2);
  await wholeRound();
  expect(await inKafka()).toEqual(before);

  expect(await answerOf('resume', '--all')).toEqual({ action: 'resume', lanes, notYet: [] });
  await allPublished();
  expect((await inKafka()).filter((event) => !before.includes(event))).toEqual(['0 left:2', '1 right:2']);
});

/** A relay that only the database knows, and whose heartbeat is when a test says so; it holds lane 1. */
async function heldByNobody() {
  await using starting = new AsyncDisposableStack();
  const database = starting.use(await createOrderDatabase());
  const admin = new pg.Client({ connectionString: database.urlFor('superuser') });
  await admin.connect();
  starting.defer(() => admin.end());
  const id = randomUUID();
  await admin.query(
    `insert into outbox_relay (relay_id, host, heartbeat, lease_until)
     values ($1, 'planted', clock_timestamp(), clock_timestamp() + interval '1 hour')`,
    [id],
  );
  await admin.query('update outbox_lane set owner = $1 where lane = 1', [id]);
  const open = starting.move();
  return {
    admin,
    environment: { WAYBILL_DATABASE_URL: database.urlFor('waybill_ops') },
    beat: () => admin.query('update outbox_relay set heartbeat = clock_timestamp()'),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

describe('a relay that does not look', () => {
  test('does not know what was committed after its heartbeat, however long before that it was written', async () => {
    await using held = await heldByNobody();
    const ops = new pg.Client({ connectionString: held.environment.WAYBILL_DATABASE_URL });
    await ops.connect();
    const slowToCommit: Queryable = {
      async query({ text, values }) {
        await ops.query('begin');
        const answered = await ops.query(text, [...values]);
        if (text.includes('outbox_pause')) await held.beat();
        await ops.query('commit');
        return answered;
      },
    };
    try {
      const { at } = await pauseLanes(slowToCommit, [1], { actor: 'olga', reason: 'maintenance' });
      expect(await findUnawareLanes(ops, [1, 2], at)).toEqual([1]);
      await held.beat();
      expect(await findUnawareLanes(ops, [1, 2], at)).toEqual([]);
    } finally {
      await ops.end();
    }
  });

  test('is waited for by whoever finds the lane paused already, too', async () => {
    await using held = await heldByNobody();
    const pause = (...more: string[]) =>
      run(['pause', '--lane', '1', '--wait', '1s', '--reason', 'maintenance', ...more], held);
    expect(parsed(await pause('--json'))).toEqual([{ action: 'pause', lanes: [1], notYet: [1] }]);
    expect(await pause()).toEqual({
      exitCode: 1,
      out: 'Nothing to do: all of them are paused. Not noticed by the relay yet: lane 1.\n',
      err: '',
    });
  });
});
