import pg from 'pg';
import { type DatabasePlan, type RoleName, roleNames, roleSettings } from './roles.ts';

export interface ClusterPlan {
  readonly passwordOf: (role: RoleName) => string;
  /**
   * What to do about a role that is there and logs in with another password than the plan's: give it the plan's, or
   * refuse, because it may be somebody else's. Default: refuse.
   */
  readonly otherPasswords?: 'replace' | 'refuse';
  readonly databases: readonly DatabasePlan[];
}

/** A role of Waybill's name is there with a password that is not the plan's. Nothing was changed. */
export class RoleTakenError extends Error {
  readonly code = 'ROLE_TAKEN';

  constructor(role: RoleName, cause: unknown) {
    super(`The role ${role} is there already, with another password, which is left as it is`, { cause });
    this.name = 'RoleTakenError';
  }
}

/**
 * Makes the roles and databases of Waybill, or brings them back to this plan: run again it changes nothing, but
 * passwords if the plan says so. The schema inside the databases is the migrations' work.
 *
 * @param adminUrl a superuser's, to any database of the cluster
 * @throws RoleTakenError; what pg throws: nobody answers, or the user may not do this
 */
export async function bootstrapCluster(adminUrl: string, plan: ClusterPlan): Promise<void> {
  const { passwordOf, otherPasswords = 'refuse', databases } = plan;
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    if (otherPasswords === 'refuse') {
      // All of them before the first change.
      for (const role of roleNames) await requireOurs(client, adminUrl, role, passwordOf(role));
    }
    for (const role of roleNames) await makeRole(client, role, passwordOf(role));
    // Its functions tell operators how old open transactions are and where the data lies, and nothing else of that.
    await client.query('grant pg_read_all_stats, pg_read_all_settings to waybill_migrator');
    for (const database of databases) await makeDatabase(client, database);
  } finally {
    await client.end();
  }
}

/** A role that cannot log in has no password that somebody uses. */
async function requireOurs(
  client: pg.Client,
  adminUrl: string,
  role: RoleName,
  password: string,
): Promise<void> {
  const usable = 'select from pg_authid where rolname = $1 and rolcanlogin and rolpassword is not null';
  if ((await client.query(usable, [role])).rowCount === 0) return;
  const url = new URL(adminUrl);
  url.username = role;
  url.password = encodeURIComponent(password);
  const login = new pg.Client({ connectionString: url.href });
  login.on('error', () => undefined); // what breaks the connection rejects connect
  try {
    await login.connect();
  } catch (error) {
    // Anything but the password (no right to connect to this database, for one) comes after it was found right.
    if (error instanceof pg.DatabaseError && error.code === INVALID_PASSWORD) {
      throw new RoleTakenError(role, error);
    }
  } finally {
    await login.end().catch(() => undefined);
  }
}

/** SQLSTATE invalid_password. */
const INVALID_PASSWORD = '28P01';

/** DDL takes no parameters, so names and passwords are quoted into it. */
async function makeRole(client: pg.Client, role: RoleName, password: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
  const name = client.escapeIdentifier(role);
  if (rowCount === 0) await client.query(`create role ${name}`);
  const rights = 'login nosuperuser nocreatedb nocreaterole noreplication nobypassrls';
  await client.query(`alter role ${name} ${rights} password ${client.escapeLiteral(password)}`);
  for (const [setting, value] of Object.entries(roleSettings[role] ?? {})) {
    await client.query(`alter role ${name} set ${setting} = ${client.escapeLiteral(value)}`);
  }
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
