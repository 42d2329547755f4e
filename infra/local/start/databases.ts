import pg from 'pg';
import { bootstrapCluster, RoleTakenError } from '../../postgres/bootstrap.ts';
import { runMigrations } from '../../postgres/migrate.ts';
import { orderDatabase, type RoleName, salesDatabase } from '../../postgres/roles.ts';
import { LocalServerError, type Progress } from '../local-server.ts';
import { seed } from '../seed.ts';

export interface DatabaseUrls {
  /** To the order database, with the password of that role. */
  readonly orders: (role: RoleName) => string;
  /** To the database of sales-projection. */
  readonly sales: (role: RoleName) => string;
}

/**
 * Roles, databases, tables, and a first customer with a catalogue. Locally a role's password is its name, so a server
 * that others reach is left alone unless that is wanted.
 *
 * @param env for WAYBILL_ALLOW_REMOTE_DATABASE
 * @throws LocalServerError NO_WAY for a server elsewhere, and for roles that are somebody else's
 */
export async function prepareDatabases(
  adminUrl: string,
  progress: Progress,
  env: NodeJS.ProcessEnv = process.env,
): Promise<DatabaseUrls> {
  requireLocal(adminUrl, env);
  const urlTo = (database: string) => (role: RoleName) => {
    const url = new URL(adminUrl);
    url.username = role;
    url.password = role;
    url.pathname = `/${database}`;
    return url.href;
  };
  const urls = { orders: urlTo('waybill'), sales: urlTo('waybill_sales') };
  await makeRolesAndDatabases(adminUrl);
  const migratorUrls = { orders: urls.orders('waybill_migrator'), sales: urls.sales('waybill_migrator') };
  const applied = await runMigrations(migratorUrls);
  if (applied.length > 0) progress(`Migrated the databases: ${applied.length} new`);
  await seed(migratorUrls.orders);
  return urls;
}

async function makeRolesAndDatabases(adminUrl: string): Promise<void> {
  try {
    await bootstrapCluster(adminUrl, {
      passwordOf: (role) => role,
      databases: [orderDatabase('waybill'), salesDatabase('waybill_sales')],
    });
  } catch (cause) {
    if (!(cause instanceof RoleTakenError)) throw cause;
    const wayOut = 'give DATABASE_URL of another server, or unset it and npm start brings its own';
    throw new LocalServerError('NO_WAY', `${cause.message}: ${wayOut}`, { cause });
  }
}

function requireLocal(adminUrl: string, env: NodeJS.ProcessEnv): void {
  // pg's own reading of the URL, in which `?host=` and PGHOST count as well.
  const { host } = new pg.Client({ connectionString: adminUrl });
  if (isLoopback(host) || env['WAYBILL_ALLOW_REMOTE_DATABASE'] === 'true') return;
  throw new LocalServerError(
    'NO_WAY',
    `DATABASE_URL points at ${host}, and npm start would make roles there whose passwords are public: use a server ` +
      'on this machine, or set WAYBILL_ALLOW_REMOTE_DATABASE=true',
  );
}

/** A folder is that of a Unix socket. */
function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?|\/.*)$/i.test(host);
}
