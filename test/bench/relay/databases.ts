import pg from 'pg';
import { limitConnections } from '../../../infra/postgres/bootstrap.ts';
import { orderDatabase, type RoleName } from '../../../infra/postgres/roles.ts';

/** Migrated once; nobody connects to it afterwards. */
export const migratedTemplate = 'bench_template';

/** A database of the bench's own, dropped at disposal. */
export interface BenchDatabase extends AsyncDisposable {
  readonly name: string;
  urlFor(role: RoleName | 'superuser'): string;
  /** Runs `work` on a connection as superuser. */
  inside<T>(work: (client: pg.Client) => Promise<T>): Promise<T>;
}

/** Every local role's password is its name. */
export function urlOf(server: string, database: string, role: RoleName | 'superuser'): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  if (role !== 'superuser') {
    url.username = role;
    url.password = role;
  }
  return url.href;
}

/** A copy of `template`, file by file: rows, positions and transaction ids are those of the template. */
export async function cloneDatabase(server: string, template: string, name: string): Promise<BenchDatabase> {
  await withClient(server, async (client) => {
    await client.query(
      `create database ${name} template ${template} strategy file_copy owner waybill_migrator`,
    );
    await limitConnections(client, orderDatabase(name));
  });
  const urlFor = (role: RoleName | 'superuser'): string => urlOf(server, name, role);
  return {
    name,
    urlFor,
    inside: (work) => withClient(urlFor('superuser'), work),
    [Symbol.asyncDispose]: () =>
      withClient(server, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

/** The only topic of this database from now on. */
export async function useTopic(database: BenchDatabase, topic: string, partitions: number): Promise<void> {
  await database.inside(async (client) => {
    await client.query('delete from outbox_progress; delete from outbox_lane');
    await client.query({ text: 'select outbox_add_topic($1, $2)', values: [topic, partitions] });
  });
}

/** What was written so far is on disk, and its cost on nobody's bill who comes later. */
export async function checkpoint(server: string): Promise<void> {
  await withClient(server, async (client) => {
    await client.query('checkpoint');
  });
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
