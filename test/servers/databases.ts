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
    urlFor(role) {
      const url = new URL(inject('servers').postgresUrl);
      url.pathname = `/${name}`;
      if (role === 'superuser') return url.href;
      url.username = role;
      url.password = role;
      return url.href;
    },
    // `force` ends the sessions of pools that the test did not close.
    [Symbol.asyncDispose]: () =>
      asSuperuser(async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
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
