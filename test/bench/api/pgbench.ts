import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { BenchDatabase } from '../relay/databases.ts';
import { type ApiStarter, POOL_SIZE } from './api.ts';
import { PRODUCTS, productIds, USERS, userIds } from './catalogue.ts';
import { loggedTransaction, pgbenchScript } from './pgbench-script.ts';

const run = promisify(execFile);

/** Each run's ids begin above those of the one before. */
const IDS_PER_RUN = 10_000_000;

/** Debian's, or the one on the PATH. */
export function findPgbench(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders.map((folder) => path.join(folder, 'pgbench')).find((file) => existsSync(file));
}

export interface Pgbench {
  /** Orders per second over so many seconds. */
  run(database: BenchDatabase, seconds: number): Promise<number>;
}

/** Has the API write one order alone, and makes a script of the statements that the server logged. */
export async function pgbenchOf(
  binary: string,
  folder: string,
  serverLog: string,
  database: BenchDatabase,
  starter: ApiStarter,
): Promise<Pgbench> {
  await database.inside(async (client) => {
    await client.query(`alter database ${database.name} set log_statement = 'all'`);
  });
  const api = await starter.start(database, 'one by one');
  const [user, first, second] = [userIds[1] ?? '', productIds[2] ?? '', productIds[3] ?? ''];
  const key = 'key-of-the-logged-order';
  const items = [first, second].map((id) => ({ product_id: id, quantity: 1 }));
  const answer = await fetch(`${api.url}/v1/orders`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${api.token}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify({ user_id: user, items }),
  });
  const order: unknown = await answer.json();
  const id = typeof order === 'object' && order !== null && 'id' in order ? String(order.id) : '';
  if (answer.status !== 201) throw new Error(`the order to be logged was answered ${answer.status}`);
  await api.server.stop();
  await database.inside(async (client) => {
    await client.query(`alter database ${database.name} reset log_statement`);
  });

  const uuid = (kind: number, variable: string) =>
    `'0198c0de-0000-7000-8000-${kind}' || lpad(:${variable}::text, 11, '0')`;
  const script = pgbenchScript(
    loggedTransaction(readFileSync(serverLog, 'utf8')),
    [
      { logged: id, expression: uuid(9, 'o') },
      { logged: user, expression: uuid(1, 'u') },
      { logged: first, expression: uuid(2, 'p') },
      { logged: second, expression: uuid(2, 'q') },
      { logged: key, expression: ':o::text' },
    ],
    [
      String.raw`\set n :n + 1`,
      String.raw`\set o :n * ${POOL_SIZE} + :client_id`,
      String.raw`\set u random(0, ${USERS - 1})`,
      String.raw`\set p random(0, ${PRODUCTS - 1})`,
      String.raw`\set q (:p + random(1, ${PRODUCTS - 1})) % ${PRODUCTS}`,
    ],
  );
  const file = path.join(folder, 'orders.pgbench');
  writeFileSync(file, script);
  let runs = 0;
  return {
    async run(on, seconds) {
      const url = new URL(on.urlFor('waybill_api'));
      runs += 1;
      const { stdout } = await run(
        binary,
        [
          ['-M', 'prepared', '-n'],
          ['-c', String(POOL_SIZE), '-j', '1', '-T', String(seconds)],
          ['-D', `n=${(runs * IDS_PER_RUN) / POOL_SIZE}`, '-f', file],
          ['-h', url.hostname, '-p', url.port, '-U', url.username, on.name],
        ].flat(),
        { env: { ...process.env, PGPASSWORD: url.password } },
      );
      const tps = Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
      if (!(tps > 0) || /number of failed transactions: [1-9]/.test(stdout)) {
        throw new Error(`pgbench failed: ${stdout}`);
      }
      return tps;
    },
  };
}
