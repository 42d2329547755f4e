import { Migration } from '@mikro-orm/migrations';
import { dropGrantedViews, grants } from './grants.sql.ts';
import { createLaneFunctions, dropLaneFunctions } from './lane-functions.sql.ts';
import { createPartitionFunctions, dropPartitionFunctions } from './partition-functions.sql.ts';
import { checkedRoles, type OutboxRoles } from './roles.ts';
import { createSourceFunctions, dropSourceFunctions } from './source-functions.sql.ts';
import { createTables, dropTables } from './tables.sql.ts';

export type { OutboxRoles } from './roles.ts';

const DAYS_AHEAD_AT_FIRST = 7;

/**
 * The outbox's schema for a `migrationsList` of @mikro-orm/migrations. Run by the role that is to own it;
 * needs PostgreSQL 17 or later (identity columns on partitioned tables).
 */
export function outboxMigrations(roles: OutboxRoles) {
  checkedRoles(roles);
  return [
    {
      name: '202611230100_create_outbox',
      class: class CreateOutbox extends Migration {
        override up(): void {
          this.addSql(createTables);
          this.addSql(createPartitionFunctions);
          this.addSql(createLaneFunctions);
          this.addSql(createSourceFunctions);
          this.addSql(`select outbox_make_partitions(${DAYS_AHEAD_AT_FIRST})`);
          this.addSql(grants(roles));
        }

        override down(): void {
          this.addSql(dropGrantedViews);
          this.addSql(dropSourceFunctions);
          this.addSql(dropLaneFunctions);
          this.addSql(dropPartitionFunctions);
          this.addSql(dropTables);
        }
      },
    },
  ];
}
