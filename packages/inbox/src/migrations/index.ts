import { Migration } from '@mikro-orm/migrations';
import { createTables, dropTables } from './tables.sql.ts';

/** Names of database roles. They go into SQL, so only plain identifiers are taken. */
export interface InboxRoles {
  /** Applies batches. */
  readonly consumer: string;
}

/**
 * The inbox's schema for a `migrationsList` of @mikro-orm/migrations, run by the role that is to own it. It lies in
 * the database of the effects, because gate and effect commit together.
 *
 * @throws RangeError for a role that is no plain identifier
 */
export function inboxMigrations({ consumer }: InboxRoles) {
  if (!/^[a-z_][a-z0-9_]*$/.test(consumer))
    throw new RangeError(`not a plain role name: ${JSON.stringify(consumer)}`);
  return [
    {
      name: '202611230200_create_inbox',
      class: class CreateInbox extends Migration {
        override up(): void {
          this.addSql(createTables);
          this.addSql(`grant select, insert, update on inbox_gate to ${consumer}`);
          this.addSql(`grant select, insert, delete on inbox_early to ${consumer}`);
        }

        override down(): void {
          this.addSql(dropTables);
        }
      },
    },
  ];
}
