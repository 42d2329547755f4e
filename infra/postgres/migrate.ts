import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { MikroORM, type Options } from '@mikro-orm/postgresql';
import { repositoryRoot } from '../local/repository-root.ts';

/** Each reads the URL of its database's owner from the environment itself. */
const configurations = ['mikro-orm.config.ts', 'services/sales-projection/mikro-orm.config.ts'];

/**
 * Brings the schema of one database to the newest migration.
 *
 * @returns the names of the migrations that were applied now
 */
export async function migrate(options: Options): Promise<string[]> {
  const orm = await MikroORM.init({ ...options, debug: false });
  try {
    const applied = await orm.migrator.up();
    return applied.map(({ name }) => name);
  } finally {
    await orm.close(true);
  }
}

/** Migrates both databases; `node infra/postgres/migrate.ts` with MIGRATOR_DATABASE_URL, SALES_MIGRATOR_DATABASE_URL. */
async function migrateAll(): Promise<void> {
  for (const file of configurations) {
    const location = path.join(repositoryRoot, file);
    if (!existsSync(location)) continue;
    const { default: options }: { default: Options } = await import(pathToFileURL(location).href);
    const applied = await migrate(options);
    console.log(`${file}: ${applied.length === 0 ? 'nothing to migrate' : applied.join(', ')}`);
  }
}

if (import.meta.main) await migrateAll();
