import path from 'node:path';
import { createKafkaPublisher } from '@waybill/kafka';
import { Relay, type RelayEvent } from '@waybill/outbox/relay';
import pg from 'pg';
import { expect, inject, it } from 'vitest';
import { freePort, startPostgres } from '../../infra/local/index.ts';
import { bootstrapCluster } from '../../infra/postgres/bootstrap.ts';
import { runMigrations } from '../../infra/postgres/migrate.ts';
import { orderDatabase, salesDatabase } from '../../infra/postgres/roles.ts';
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
  const urlAs = (role: string, database: string): string => {
    const url = new URL(server.url);
    Object.assign(url, { username: role, password: role, pathname: `/${database}` });
    return url.href;
  };
  await bootstrapCluster(server.url, {
    passwordOf: (role) => role,
    databases: [orderDatabase('orders'), salesDatabase('sales')],
  });
  const migrator = 'waybill_migrator';
  await runMigrations({ orders: urlAs(migrator, 'orders'), sales: urlAs(migrator, 'sales') });
  const pool = new pg.Pool({
    connectionString: urlAs('waybill_relay', 'orders'),
    max: 6,
    connectionTimeoutMillis: 1_000,
  });
  pool.on('error', () => undefined);
  const publisher = createKafkaPublisher({
    settings: { brokers: inject('servers').kafkaBrokers, clientId: 'test', requestTimeoutMs: 1_000 },
    logger: silentLog,
  });
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
