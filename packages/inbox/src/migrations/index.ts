import { Migration } from '@mikro-orm/migrations';
import { addDeadLetters, removeDeadLetters } from './dead-letters.sql.ts';
import { createTables, dropTables } from './tables.sql.ts';

/** Names of database roles. They go into SQL, so only plain identifiers are taken. */
export interface InboxRoles {
  /** Applies batches. */
  readonly consumer: string;
  /** Reads dead letters, and says what shall become of them. Without it only the owner does. */
  readonly operator?: string;
}

/**
 * The inbox's schema for a `migrationsList` of @mikro-orm/migrations, run by the role that is to own it. It lies in
 * the database of the effects, because gate and effect commit together. Without MikroORM, run the same SQL:
 * `addSql` is called with plain statements.
 *
 * @throws RangeError for a role that is no plain identifier
 */
export function inboxMigrations({ consumer, operator }: InboxRoles) {
  for (const role of [consumer, operator ?? consumer]) {
    if (!/^[a-z_][a-z0-9_]*$/.test(role))
      throw new RangeError(`not a plain role name: ${JSON.stringify(role)}`);
  }
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
    {
      name: '202611240330_keep_dead_letters',
      class: class KeepDeadLetters extends Migration {
        override up(): void {
          this.addSql(addDeadLetters);
          this.addSql(`grant select, insert, update on inbox_dead_letter to ${consumer}`);
          this.addSql(`grant insert on inbox_audit to ${consumer}`);
          if (operator === undefined) return;
          this.addSql(`grant execute on function inbox_wish(bigint, text, text, text) to ${operator}`);
        }

        override down(): void {
          this.addSql(removeDeadLetters);
        }
      },
    },
  ];
}
