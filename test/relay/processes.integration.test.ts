import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { LocalServer } from '../../infra/local/index.ts';
import { countDuplicates, judge, readOutbox, readRecords } from '../checker/index.ts';
import { relayStatus } from '../servers/service-process.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';
import { type RelayBench, relayBench, until } from './bench.ts';
import { pendingEvents, plant } from './outbox-rows.ts';
import { relayStarter } from './relay-starter.ts';

const PARTITIONS = 8;
const LEASE_MS = 3_000;

function events(version: number) {
  return Array.from({ length: 400 }, (_, index) => ({ key: `k${index}`, version }));
}

async function owns(relay: LocalServer, lanes: number): Promise<void> {
  await until(
    `the relay owns ${lanes} lanes`,
    async () => (await relayStatus(relay)).lanes === lanes,
    20_000,
  );
}

async function allPublished(bench: RelayBench): Promise<void> {
  await until('everything is published', async () => (await pendingEvents(bench.admin)) === 0, 20_000);
}

it('moves the lanes of a killed relay to the others when its lease ends', async () => {
  await using bench = await relayBench(PARTITIONS);
  await using folder = temporaryFolder();
  const start = relayStarter(bench, folder.path, LEASE_MS);
  await using first = await start();
  await using second = await start();
  await owns(first, 4);
  await owns(second, 4);

  await plant(bench.admin, bench.topic, PARTITIONS, events(1));
  const pendingAtKill = await pendingEvents(bench.admin);
  first.signal('SIGKILL');
  await first.exited;
  await plant(bench.admin, bench.topic, PARTITIONS, events(2));
  await owns(second, PARTITIONS);
  await allPublished(bench);

  const records = await readRecords(bench.brokers, [bench.topic]);
  expect(judge({ ...(await readOutbox(bench.database.urlFor('superuser'))), records })).toEqual([]);
  expect(countDuplicates(records).total).toBeLessThanOrEqual(pendingAtKill);
});

it('changes nothing and sends nothing when it wakes up after its lease', async () => {
  await using bench = await relayBench(PARTITIONS);
  await using folder = temporaryFolder();
  const start = relayStarter(bench, folder.path, LEASE_MS);
  await using sleeper = await start();
  await owns(sleeper, PARTITIONS);
  await plant(bench.admin, bench.topic, PARTITIONS, events(1));
  const pendingAtStop = await pendingEvents(bench.admin);
  sleeper.signal('SIGSTOP');
  await plant(bench.admin, bench.topic, PARTITIONS, events(2));

  await using successor = await start();
  await owns(successor, PARTITIONS);
  await allPublished(bench);
  const progress = await bench.admin.query('select max(id) as newest from outbox_progress');
  const before = await readRecords(bench.brokers, [bench.topic]);

  sleeper.signal('SIGCONT');
  await owns(sleeper, PARTITIONS / 2);
  await owns(successor, PARTITIONS / 2);
  const after = await bench.admin.query('select max(id) as newest from outbox_progress');
  expect(after.rows).toEqual(progress.rows);
  expect(await readRecords(bench.brokers, [bench.topic])).toHaveLength(before.length);

  await plant(bench.admin, bench.topic, PARTITIONS, events(3));
  await allPublished(bench);
  const records = await readRecords(bench.brokers, [bench.topic]);
  expect(judge({ ...(await readOutbox(bench.database.urlFor('superuser'))), records })).toEqual([]);
  expect(countDuplicates(records).total).toBeLessThanOrEqual(pendingAtStop);
});

it('repeats nothing over a rolling restart with SIGTERM', async () => {
  await using bench = await relayBench(PARTITIONS);
  await using folder = temporaryFolder();
  const start = relayStarter(bench, folder.path, LEASE_MS);
  let version = 0;
  let isOver = false;
  const writing = (async () => {
    while (!isOver) {
      version += 1;
      await plant(bench.admin, bench.topic, PARTITIONS, events(version));
      await delay(100);
    }
  })();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => {
    isOver = true;
  });
  const relays = [stack.use(await start()), stack.use(await start())];
  for (const old of relays) {
    const successor = stack.use(await start());
    await old.stop();
    expect(await old.exited).toBe('exit code 0');
    await owns(successor, PARTITIONS / 2);
  }
  isOver = true;
  await writing;
  await allPublished(bench);
  const records = await readRecords(bench.brokers, [bench.topic]);
  expect(judge({ ...(await readOutbox(bench.database.urlFor('superuser'))), records })).toEqual([]);
  expect(countDuplicates(records).total).toBe(0);
}, 120_000);
