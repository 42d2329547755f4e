import type { PoolClient } from 'pg';
import { expect, it } from 'vitest';
import { judge, readOutbox, readRecords } from '../checker/index.ts';
import { type RelayBench, relayBench, type RunningRelay, until } from './bench.ts';
import { pendingEvents, plant } from './outbox-rows.ts';

/** No heartbeat may end a transaction in the middle of a schedule: it would move the snapshot's xmax. */
const settings = { heartbeatMs: 3_600_000, leaseMs: 20_000_000, sendTimeoutMs: 1_000, pollMinMs: 3_600_000 };

/** A transaction that has an id, and so a place among the snapshots' transactions. */
async function begin(bench: RelayBench): Promise<PoolClient> {
  const client = await bench.admin.connect();
  await client.query('begin');
  await client.query('select pg_current_xact_id()');
  return client;
}

async function commit(client: PoolClient): Promise<void> {
  await client.query('commit');
  client.release();
}

/** Rings once, so that there is one read: a further one would see the open transaction at a newer snapshot. */
async function allPublished(bench: RelayBench, running: RunningRelay): Promise<void> {
  running.relay.ring();
  await until('every committed event is published', async () => (await pendingEvents(bench.admin)) === 0);
}

async function verdict(bench: RelayBench): Promise<string[]> {
  const records = await readRecords(bench.brokers, [bench.topic]);
  return judge({ ...(await readOutbox(bench.database.urlFor('superuser'))), records });
}

/** What the relay that read the later seq has in mind, or what it stored for the next one. */
const readers = ['the same relay', 'the next relay'];
const orders = [
  // In the list of open transactions of the snapshot that read the later seq.
  ['begun before the one that overtakes it', 'early first'],
  // Beyond that snapshot's xmax, which is one past the highest transaction that has ended: in nobody's list.
  ['begun after the one that overtakes it', 'overtaker first'],
];

it.each(orders.flatMap(([what, order]) => readers.map((reader) => [what, reader, order])))(
  'an event whose transaction was %s and commits behind the cursor is published by %s',
  async (_what, reader, order) => {
    await using bench = await relayBench(1);
    let running = bench.startRelay({ settings });
    await until('the relay runs', () => running.relay.status.state === 'running');

    const first = await begin(bench);
    const between = await begin(bench); // so that the second is not the first beyond the snapshot
    const second = await begin(bench);
    const [early, overtaker] = order === 'early first' ? [first, second] : [second, first];
    await plant(early, bench.topic, 1, [{ key: 'early', version: 1 }]);
    await plant(overtaker, bench.topic, 1, [{ key: 'overtaker', version: 1 }]);
    await commit(overtaker);
    await allPublished(bench, running);
    if (reader === 'the next relay') await running.stop();
    await commit(early);
    await commit(between);
    if (reader === 'the next relay') running = bench.startRelay({ settings });
    await allPublished(bench, running);
    expect(await verdict(bench)).toEqual([]);
  },
);
