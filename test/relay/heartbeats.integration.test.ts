import { partitionOf } from '@waybill/outbox';
import type { Pool } from 'pg';
import { expect, it } from 'vitest';
import { verdictOn } from '../faults/verdict.ts';
import { hold } from '../servers/hold.ts';
import { type RelayBench, relayBench, until } from './bench.ts';
import { closedGate, intercept } from './intercept.ts';
import { pendingEvents, plant } from './outbox-rows.ts';

const PARTITIONS = 2;

/** Stops this process, timers and sockets and all, as a SIGSTOP or a machine that is not scheduled does. */
function freeze(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

async function allPublished(bench: RelayBench): Promise<void> {
  await until('everything is published', async () => (await pendingEvents(bench.admin)) === 0);
}

it('loses nothing when it freezes between two sends of a cycle, too long to send on and not too long to renew its lease', async () => {
  await using bench = await relayBench(PARTITIONS);
  const { admin, topic } = bench;
  const events = Array.from({ length: 200 }, (_, index) => ({ key: `k${index}`, version: 1 }));
  await plant(admin, topic, PARTITIONS, events);
  let wokeAt: number | undefined;
  const running = bench.startRelay({
    // A send may begin for 1.1 s after a renewal, the lease be renewed for 3.1 s, and a statement take 2 s. Nobody goes
    // alone: the cycle waits for the answer, and the lease is renewed before it comes.
    settings: {
      leaseMs: 4_000,
      leaseMarginMs: 900,
      sendTimeoutMs: 2_000,
      heartbeatMs: 400,
      patienceMs: 60_000,
      limits: { rows: 20, bytes: 700_000 },
    },
    through: intercept({
      before() {
        if (wokeAt !== undefined) return;
        freeze(1_500);
        wokeAt = Date.now();
      },
      async after() {
        const woken = wokeAt ?? 0;
        await until('the lease is renewed', async () => {
          const { rows } = await admin.query<{ beat: number }>(
            'select extract(epoch from max(heartbeat))::float8 * 1000 as beat from outbox_relay',
          );
          return (rows[0]?.beat ?? 0) > woken;
        });
      },
    }),
  });
  await allPublished(bench);
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
  expect(running.events).toContainEqual(
    expect.objectContaining({
      type: 'session-ended',
      error: expect.objectContaining({ code: 'OUTBOX_LEASE_LAPSED' }),
    }),
  );
});

/** Until a heartbeat of the relay has begun and ended since another one lives: it knows of that one then. */
async function heartbeatsBesideAnother(admin: Pool, relay: string | undefined): Promise<void> {
  const seen = new Set<string>();
  await until('the relay knows of the other', async () => {
    const { rows } = await admin.query<{ beat: string; relays: number }>(
      `select max(heartbeat) filter (where relay_id = $1)::text as beat, count(*)::int as relays from outbox_relay`,
      [relay],
    );
    if (rows[0]?.relays === 2) seen.add(rows[0].beat);
    return seen.size >= 3;
  });
}

it('does not call a lane lost that it gave back while its heartbeat was under way', async () => {
  await using bench = await relayBench(PARTITIONS);
  const { admin, topic } = bench;
  const answer = closedGate();
  // Whatever fails below: the relay that is ended afterwards waits for this answer.
  using _released = { [Symbol.dispose]: () => answer.open() };
  const busy = new Set<number>();
  const settings = { heartbeatMs: 200, patienceMs: 60_000 };
  const first = bench.startRelay({
    settings,
    through: intercept({
      async after({ partition }) {
        busy.add(partition);
        await answer.passed;
      },
    }),
  });
  const keys = Array.from({ length: 20 }, (_, n) => `k${n}`);
  expect(new Set(keys.map((key) => partitionOf(key, PARTITIONS))).size).toBe(PARTITIONS);
  await plant(
    admin,
    topic,
    PARTITIONS,
    keys.map((key) => ({ key, version: 1 })),
  );
  await until('both lanes wait for an answer', () => busy.size === PARTITIONS);
  const { rows } = await admin.query<{ owner: string }>('select distinct owner from outbox_lane');
  const owner = rows[0]?.owner;
  const second = bench.startRelay({ settings });
  await heartbeatsBesideAnother(admin, owner);

  await using held = await hold(admin, `select from outbox_relay where relay_id = '${owner}' for update`);
  await until('the heartbeat waits', async () => {
    const waiting = await admin.query(
      `select from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like '%outbox_relay%'`,
    );
    return waiting.rowCount !== 0;
  });
  answer.open();
  await until('a lane is given back', () => first.events.some(({ type }) => type === 'lanes-given-back'));
  await held.release();
  await until('the second relay has its lane', () =>
    second.events.some(({ type }) => type === 'lanes-granted'),
  );
  await allPublished(bench);
  expect(first.events.map(({ type }) => type)).toEqual(['lanes-granted', 'lanes-given-back']);
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
});
