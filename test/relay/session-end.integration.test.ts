import type { ClassifiedFailure } from '@waybill/outbox/relay';
import { expect, it } from 'vitest';
import { freePort } from '../../infra/local/index.ts';
import { hold } from '../servers/hold.ts';
import { relayBench, type RunningRelay, until } from './bench.ts';

/** What ended this relay's sessions. */
function ends({ events }: RunningRelay): ClassifiedFailure[] {
  return events.flatMap((event) => (event.type === 'session-ended' ? [event.failure] : []));
}

/** The whole process sleeps, as one that was stopped does. */
function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

it('is told with PostgreSQL’s own code when PostgreSQL ends it', async () => {
  await using bench = await relayBench(1);
  const running = bench.startRelay({ settings: { heartbeatMs: 100 } });
  await until('the relay runs', () => running.relay.status.state === 'running');
  await using blocker = await hold(bench.admin, 'lock table outbox_relay in exclusive mode');
  await until('a renewal waits and is cut off', async () => {
    const { rowCount } = await bench.admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = $1 and wait_event_type = 'Lock' and query like '%insert into outbox_relay%'`,
      [bench.database.name],
    );
    return (rowCount ?? 0) > 0;
  });
  await until('the session ends', () => ends(running).length > 0);
  expect(ends(running)).toEqual([{ class: 'database', code: '57P01' }]);
  await blocker.release();
  await until('it works again', () => running.relay.status.state === 'running');
});

it('is told with the socket’s code, as the database’s failure, when nobody is at the address', async () => {
  await using bench = await relayBench(1);
  const running = bench.startRelay({
    databaseUrl: `postgres://waybill_relay@127.0.0.1:${await freePort()}/none`,
  });
  await until('the session ends', () => ends(running).length > 0);
  expect(ends(running)).toEqual([{ class: 'database', code: 'ECONNREFUSED' }]);
});

it('is told as the lease’s when the process slept for longer', async () => {
  await using bench = await relayBench(1);
  const leaseMs = 600;
  const running = bench.startRelay({
    settings: { leaseMs, leaseMarginMs: 50, heartbeatMs: 150, sendTimeoutMs: 200 },
  });
  // One that falls asleep in the middle of a statement finds that statement late first, and says so.
  await until('it finds its lease lapsed', () => {
    const { status } = running.relay;
    const isAtWork = status.state === 'running' && status.lease === 'good';
    if (isAtWork) sleep(leaseMs);
    return ends(running).some(({ class: of }) => of === 'lease');
  });
  expect(ends(running)).toContainEqual({ class: 'lease', code: 'OUTBOX_LEASE_LAPSED' });
});
