import path from 'node:path';
import { createKafkaPublisher } from '@waybill/kafka';
import { Relay, type RelayEvent } from '@waybill/outbox/relay';
import pg from 'pg';
import { expect, inject, it } from 'vitest';
import { freePort, startPostgres } from '../../infra/local/index.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';
import { until } from './bench.ts';
import { silentLog } from './silent-log.ts';

it('notices a database that hangs without closing its connections, and can be stopped meanwhile', async () => {
  await using folder = temporaryFolder();
  await using server = await startPostgres({
    dataDir: path.join(folder.path, 'postgres'),
    port: await freePort(),
    progress: () => undefined,
    durability: 'process',
  });
  const pool = new pg.Pool({ connectionString: server.url, max: 6, connectionTimeoutMillis: 1_000 });
  pool.on('error', () => undefined);
  const publisher = createKafkaPublisher({
    settings: { brokers: inject('servers').kafkaBrokers, clientId: 'test', requestTimeoutMs: 1_000 },
    logger: silentLog,
  });
  // Just enough of a schema for heartbeats and reads: the server is this test's own and has nothing to publish.
  await pool.query(`
    create table outbox_source as select 1 as epoch;
    create table outbox_relay (relay_id uuid primary key, host text, heartbeat timestamptz, lease_until timestamptz);
    create table outbox_lane (lane smallint, topic text, partition int, owner uuid, lease_epoch bigint, paused boolean);
    create table outbox (lane smallint);
    create table outbox_parked (lane smallint, key text, seq bigint, next_attempt_at timestamptz);
    create table outbox_replay (lane smallint, finished_at timestamptz, cancelled_at timestamptz);
    create function outbox_confirm_source(out epoch int, out change text) language sql as $$ select 1, 'same' $$;
    create function outbox_make_partitions(days int, out made int, out blocked int) language sql as $$ select 0, 0 $$`);
  const events: RelayEvent[] = [];
  const relay = new Relay({
    pool,
    publisher,
    listener: (event) => events.push(event),
    settings: { leaseMs: 2_000, heartbeatMs: 200, sendTimeoutMs: 1_000 },
  });
  const stopping = new AbortController();
  const ended = relay.run(stopping.signal);
  await until('the relay runs', () => relay.status.state === 'running');

  const backends = await pool.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend'`,
  );
  const pids = [server.pid, ...backends.rows.map(({ pid }) => pid)];
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    await until('the session ends', () => events.some((event) => event.type === 'session-ended'), 10_000);
    stopping.abort();
    await ended;
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
  expect(relay.status).toEqual({ state: 'stopped' });
  await publisher.close();
  await pool.end();
});
