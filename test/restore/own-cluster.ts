import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort, type LocalServer, startPostgres } from '../../infra/local/index.ts';
import { type ClientTools, postgresClientTools } from '../../infra/local/postgres/client-tools.ts';
import { userForPostgres } from '../../infra/local/unprivileged-user.ts';
import { bootstrapCluster } from '../../infra/postgres/bootstrap.ts';
import { runMigrations } from '../../infra/postgres/migrate.ts';
import { orderDatabase, type RoleName, salesDatabase } from '../../infra/postgres/roles.ts';

/** A PostgreSQL that the test may kill, copy and restore. */
export interface OwnCluster extends AsyncDisposable {
  readonly server: LocalServer;
  /** Where its data lies. */
  readonly data: string;
  /** Connections to `waybill` as superuser. */
  readonly admin: pg.Pool;
  /** Of the database `waybill`. */
  urlFor(role: RoleName | 'superuser'): string;
}

/** Starts what lies in `folder`, or a new and empty cluster. */
export async function startCluster(folder: string): Promise<OwnCluster> {
  mkdirSync(folder, { recursive: true });
  const server = await startPostgres({
    dataDir: folder,
    port: await freePort(),
    progress: () => undefined,
    durability: 'process',
  });
  const urlFor = (role: RoleName | 'superuser'): string => {
    const url = new URL(server.url);
    url.pathname = '/waybill';
    if (role === 'superuser') return url.href;
    url.username = role;
    url.password = role;
    return url.href;
  };
  const admin = new pg.Pool({ connectionString: urlFor('superuser'), max: 6 });
  admin.on('error', () => undefined); // the server is killed in the middle of things
  return {
    server,
    data: path.join(folder, 'data'),
    admin,
    urlFor,
    async [Symbol.asyncDispose]() {
      await admin.end();
      await server.stop();
    },
  };
}

/** Roles and empty databases, as before a dump is restored. */
export async function makeDatabases({ server }: OwnCluster): Promise<void> {
  await bootstrapCluster(server.url, {
    passwordOf: (role) => role,
    databases: [orderDatabase('waybill'), salesDatabase('waybill_sales')],
  });
}

/** The schema, and one topic in place of Waybill's own. */
export async function makeSchema(cluster: OwnCluster, topic: string, partitions: number): Promise<void> {
  await makeDatabases(cluster);
  const sales = new URL(cluster.urlFor('waybill_migrator'));
  sales.pathname = '/waybill_sales';
  await runMigrations({ orders: cluster.urlFor('waybill_migrator'), sales: sales.href });
  await cluster.admin.query('delete from outbox_progress; delete from outbox_lane');
  await cluster.admin.query(`select outbox_add_topic('${topic}', ${partitions})`);
}

async function tools(): Promise<ClientTools> {
  return await postgresClientTools((line) => process.stderr.write(`${line}\n`));
}

const run = promisify(execFile);

/** Copies a running cluster to `folder`, where it can be started. `asStandby`: it will follow the one copied. */
export async function baseBackup(
  from: OwnCluster,
  folder: string,
  kind: 'standby' | 'backup',
): Promise<string> {
  const data = path.join(folder, 'data');
  mkdirSync(folder, { recursive: true });
  const { pgBasebackup } = await tools();
  const url = new URL(from.server.url);
  const follow = kind === 'standby' ? ['--write-recovery-conf'] : [];
  await run(pgBasebackup, ['-d', url.href, '-D', data, '-X', 'stream', '-c', 'fast', ...follow]);
  handToServer(data);
  return data;
}

/** As root the server runs as another user, which must own its data. */
export function handToServer(data: string): void {
  const user = userForPostgres();
  if (user !== undefined) execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, data]);
}

/** Dumps the database `waybill` and restores it into a cluster that has only the roles. */
export async function dumpInto(from: OwnCluster, file: string, to: OwnCluster): Promise<void> {
  const { pgDump, psql } = await tools();
  await run(pgDump, ['--file', file, from.urlFor('superuser')]);
  await run(psql, ['--no-psqlrc', '--quiet', '-v', 'ON_ERROR_STOP=1', '-f', file, to.urlFor('superuser')]);
}
