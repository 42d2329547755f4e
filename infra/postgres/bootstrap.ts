import pg from 'pg';
import { type DatabasePlan, type RoleName, roleNames } from './roles.ts';

export interface ClusterPlan {
  readonly passwordOf: (role: RoleName) => string;
  readonly databases: readonly DatabasePlan[];
}

/**
 * Makes the roles and databases of Waybill, or brings them back to this plan: run again it changes nothing but
 * passwords. The schema inside the databases is the migrations' work.
 *
 * @param adminUrl a superuser's, to any database of the cluster
 * @throws what pg throws: nobody answers, or the user may not do this
 */
export async function bootstrapCluster(adminUrl: string, plan: ClusterPlan): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    for (const role of roleNames) await makeRole(client, role, plan.passwordOf(role));
    for (const database of plan.databases) await makeDatabase(client, database);
  } finally {
    await client.end();
  }
}

/** DDL takes no parameters, so names and passwords are quoted into it. */
async function makeRole(client: pg.Client, role: RoleName, password: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
  const name = client.escapeIdentifier(role);
  if (rowCount === 0) await client.query(`create role ${name}`);
  const rights = 'login nosuperuser nocreatedb nocreaterole noreplication nobypassrls';
  await client.query(`alter role ${name} ${rights} password ${client.escapeLiteral(password)}`);
}

async function makeDatabase(client: pg.Client, plan: DatabasePlan): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [plan.name]);
  const database = client.escapeIdentifier(plan.name);
  if (rowCount === 0) await client.query(`create database ${database} owner waybill_migrator`);
  await limitConnections(client, plan);
}

/**
 * PUBLIC may connect and make temporary tables by default; a role of one database has no business in another.
 * `create database … template` does not copy this.
 */
export async function limitConnections(client: pg.Client, { name, connect }: DatabasePlan): Promise<void> {
  const database = client.escapeIdentifier(name);
  await client.query(`revoke all on database ${database} from public`);
  await client.query(`grant connect on database ${database} to ${connect.join(', ')}`);
}
