import { bootstrapCluster } from '../../postgres/bootstrap.ts';
import { runMigrations } from '../../postgres/migrate.ts';
import { orderDatabase, type RoleName, salesDatabase } from '../../postgres/roles.ts';
import type { Progress } from '../local-server.ts';
import { seed } from '../seed.ts';

export interface DatabaseUrls {
  /** To the order database, with the password of that role. */
  readonly orders: (role: RoleName) => string;
  /** To the database of sales-projection. */
  readonly sales: (role: RoleName) => string;
}

/** Roles, databases, tables, and a first customer with a catalogue. Locally a role's password is its name. */
export async function prepareDatabases(adminUrl: string, progress: Progress): Promise<DatabaseUrls> {
  const urlTo = (database: string) => (role: RoleName) => {
    const url = new URL(adminUrl);
    url.username = role;
    url.password = role;
    url.pathname = `/${database}`;
    return url.href;
  };
  const urls = { orders: urlTo('waybill'), sales: urlTo('waybill_sales') };
  await bootstrapCluster(adminUrl, {
    passwordOf: (role) => role,
    databases: [orderDatabase('waybill'), salesDatabase('waybill_sales')],
  });
  const migratorUrls = { orders: urls.orders('waybill_migrator'), sales: urls.sales('waybill_migrator') };
  const applied = await runMigrations(migratorUrls);
  if (applied.length > 0) progress(`Migrated the databases: ${applied.length} new`);
  await seed(migratorUrls.orders);
  return urls;
}
