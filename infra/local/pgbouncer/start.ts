import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { startChildServer } from '../child-server.ts';
import type { LocalServer, StartOptions } from '../local-server.ts';
import { userForPostgres } from '../unprivileged-user.ts';
import { pgbouncerBinary } from './binary.ts';

export interface PgbouncerOptions extends StartOptions {
  /** The database behind, with the role and the password that everybody gets there. */
  readonly databaseUrl: string;
  /** Connections to the database; clients are as many as like. */
  readonly serverConnections: number;
}

/**
 * Starts PgBouncer in transaction mode: each transaction gets whichever connection is free, and nothing that a
 * session would hold survives it.
 *
 * @throws LocalServerError
 */
export async function startPgbouncer(options: PgbouncerOptions): Promise<LocalServer> {
  const { dataDir, port, progress, databaseUrl, serverConnections } = options;
  const { command, env, how } = await pgbouncerBinary(progress);
  mkdirSync(dataDir, { recursive: true });
  const behind = new URL(databaseUrl);
  const name = behind.pathname.slice(1);
  const file = path.join(dataDir, 'pgbouncer.ini');
  writeFileSync(file, configuration(behind, name, port, serverConnections), { mode: 0o600 });
  // It refuses to be root, and reads its file before it becomes somebody else.
  const user = userForPostgres();
  const url = `postgres://${behind.username}@127.0.0.1:${port}/${name}`;
  return startChildServer({
    name: 'PgBouncer',
    how,
    url,
    port,
    command,
    args: [...(user ? ['-u', user.name] : []), file],
    env,
    user: undefined,
    runDir: dataDir,
    logFile: options.logFile ?? path.join(dataDir, 'pgbouncer.log'),
    ending: { stopSignal: 'SIGINT', limitMs: 3_000 },
    readyWithinMs: 10_000,
    answers: () => answersQueries(url),
    signal: options.signal,
  });
}

function configuration(behind: URL, name: string, port: number, serverConnections: number): string {
  const { hostname, port: behindPort, username, password } = behind;
  return `[databases]
${name} = host=${hostname} port=${behindPort} dbname=${name} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${serverConnections}
max_client_conn = 200
`;
}

async function answersQueries(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('select 1');
    return true;
  } finally {
    await client.end();
  }
}
