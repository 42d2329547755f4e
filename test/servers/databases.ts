import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { limitConnections } from '../../infra/postgres/bootstrap.ts';
import {
  type DatabasePlan,
  orderDatabase,
  type RoleName,
  salesDatabase,
} from '../../infra/postgres/roles.ts';
import { orderTemplate, salesTemplate } from './templates.ts';

/** A migrated database of one test file. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  /** Password included. */
  urlFor(role: RoleName | 'superuser'): string;
}

/** A clone of the migrated order database: tables, roles and the topics' lanes; no rows. Dropped at disposal. */
export async function createOrderDatabase(): Promise<TestDatabase> {
  return cloneOf(orderTemplate, orderDatabase);
}

/** A clone of the migrated database of sales-projection. Dropped at disposal. */
export async function createSalesDatabase(): Promise<TestDatabase> {
  return cloneOf(salesTemplate, salesDatabase);
}

async function cloneOf(template: string, planFor: (name: string) => DatabasePlan): Promise<TestDatabase> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  await asSuperuser(async (client) => {
    await client.query(`create database ${name} template ${template} owner waybill_migrator`);
    await limitConnections(client, planFor(name));
  });
  return {
    name,
    urlFor: (role) => urlOn(name, role),
    // `force` ends the sessions of pools that the test did not close.
    [Symbol.asyncDispose]: () =>
      asSuperuser(async (client) => {
        await sessionsEnd(client, name);
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

/**
 * A pool that was ended has said goodbye, and the server may not have heard it yet: ended by force then, its connection
 * fails when nobody listens to it any more, which ends the test's process.
 */
async function sessionsEnd(client: pg.Client, database: string): Promise<void> {
  for (let tries = 0; tries < 25; tries += 1) {
    const { rows } = await client.query(
      `select from pg_stat_activity where datname = $1 and backend_type = 'client backend' limit 1`,
      [database],
    );
    if (rows.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** @param role its password is its name; 'superuser' is whoever made the cluster */
export function urlOn(database: string, role: string): string {
  const url = new URL(inject('servers').postgresUrl);
  url.pathname = `/${database}`;
  if (role === 'superuser') return url.href;
  url.username = role;
  url.password = role;
  return url.href;
}

/** What stands outside every database of a test: roles, databases. One statement after the other. */
export async function runAsSuperuser(...statements: string[]): Promise<void> {
  await asSuperuser(async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}

async function asSuperuser(work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: inject('servers').postgresUrl });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
