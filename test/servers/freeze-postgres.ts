import pg from 'pg';
import type { LocalServer } from '../../infra/local/index.ts';

/**
 * Stops a PostgreSQL of the test's own and all its sessions in the middle of what they do. Nobody hears of it: sockets
 * stay open, and nothing is answered.
 *
 * @returns what lets them go on
 */
export async function freezePostgres(server: LocalServer): Promise<() => void> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(
    `select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
  );
  await client.end();
  const pids = [server.pid, ...rows.map(({ pid }) => pid)];
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  return () => {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  };
}
