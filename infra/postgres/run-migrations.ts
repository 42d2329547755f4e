import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../local/repository-root.ts';

export interface MigratorUrls {
  /** Of waybill_migrator, to the order database. */
  readonly orders: string;
  /** Of waybill_migrator, to the database of sales-projection. */
  readonly sales: string;
}

/**
 * Migrates both databases in a process of its own: the configurations read their URLs from the environment, and this
 * process keeps its own.
 *
 * @throws Error with the output of the migration that failed
 */
export async function runMigrations(urls: MigratorUrls): Promise<void> {
  const env = {
    ...process.env,
    MIGRATOR_DATABASE_URL: urls.orders,
    SALES_MIGRATOR_DATABASE_URL: urls.sales,
  };
  try {
    await promisify(execFile)(process.execPath, [path.join(repositoryRoot, 'infra/postgres/migrate.ts')], {
      env,
    });
  } catch (cause) {
    const output = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
    throw new Error(`the databases could not be migrated: ${output}`, { cause });
  }
}
