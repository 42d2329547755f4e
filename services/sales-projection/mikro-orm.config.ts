import { migratorUrlFrom } from './src/config.ts';
import { salesMigrationOptions } from './src/persistence/orm-config.ts';

/**
 * For the `mikro-orm` command.
 *
 * @throws SettingsError when there is no URL in production
 */
export default function forCommand() {
  return salesMigrationOptions(migratorUrlFrom(process.env));
}
