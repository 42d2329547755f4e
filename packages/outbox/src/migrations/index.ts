import type { MigrationObject } from '@mikro-orm/core';
import { Migration } from '@mikro-orm/migrations';
import { createBacklog, dropBacklog } from './backlog.sql.ts';
import { replaceDelivery } from './delivery.sql.ts';
import { dropFindDiscarded, findDiscarded } from './discarded-events.sql.ts';
import { createDropPartition, dropDropPartition } from './drop-partition.sql.ts';
import { replaceEventTimes } from './event-times.sql.ts';
import { dropGrantedViews, grants, originalEventTimes } from './grants.sql.ts';
import { keepHeadersAsJson, keepHeadersAsText } from './headers-as-text.sql.ts';
import { createLaneFunctions, dropLaneFunctions, originalDelivery } from './lane-functions.sql.ts';
import { createLook, dropLook, lookGrants, revokeLookGrants } from './look-functions.sql.ts';
import { createOperateFunctions, dropOperateFunctions, operateGrants } from './operate-functions.sql.ts';
import { createOperateTables, dropOperateTables } from './operate-tables.sql.ts';
import { createPartitionFunctions, dropPartitionFunctions } from './partition-functions.sql.ts';
import { dropLateBefore, keepLateBefore } from './late-before.sql.ts';
import { createMakePartitionsAt, dropMakePartitionsAt } from './partitions-at.sql.ts';
import { createRaiseEpoch, dropRaiseEpoch, replaceRebase, restoreFirstRebase } from './rebase.sql.ts';
import {
  createRetentionFunctions,
  dropRetentionFunctions,
  restoreUnpublishedLanes,
} from './retention-functions.sql.ts';
import { createReceipts, dropReceipts, readReceiptsAsPlanned, readReceiptsByIndex } from './receipts.sql.ts';
import { retentionGrants } from './retention-grants.sql.ts';
import { checkedRoles, type OutboxRoles } from './roles.ts';
import { lookAtAllRows, lookAtRowsInView } from './rows-in-view.sql.ts';
import { createSourceFunctions, dropSourceFunctions } from './source-functions.sql.ts';
import { createTables, dropTables } from './tables.sql.ts';
import { replaceUnpublishedLanes } from './unpublished-lanes.sql.ts';

export type { OutboxRoles } from './roles.ts';

const DAYS_AHEAD_AT_FIRST = 7;

/**
 * The outbox's schema for a `migrationsList` of @mikro-orm/migrations. Run by the role that is to own it;
 * needs PostgreSQL 17 or later (identity columns on partitioned tables).
 */
export function outboxMigrations(roles: OutboxRoles): MigrationObject[] {
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
    {
      name: '202611240110_operate_outbox',
      class: class OperateOutbox extends Migration {
        override up(): void {
          this.addSql(createOperateTables);
          this.addSql(createOperateFunctions);
          this.addSql(replaceDelivery);
          this.addSql(replaceEventTimes);
          this.addSql(operateGrants(roles));
        }

        override down(): void {
          this.addSql(originalEventTimes);
          this.addSql(originalDelivery);
          this.addSql(dropOperateFunctions);
          this.addSql(`revoke update (paused) on outbox_lane from ${roles.relay}`);
          this.addSql(dropOperateTables);
        }
      },
    },
    {
      name: '202611240120_drop_old_days',
      class: class DropOldDays extends Migration {
        override up(): void {
          this.addSql(createRetentionFunctions);
          this.addSql(createDropPartition);
          this.addSql(replaceRebase);
          this.addSql(createRaiseEpoch);
          this.addSql(retentionGrants(roles));
        }

        override down(): void {
          this.addSql(dropRaiseEpoch);
          this.addSql(restoreFirstRebase);
          this.addSql(dropDropPartition);
          this.addSql(dropRetentionFunctions);
        }
      },
    },
    {
      name: '202611240121_make_days_at_a_time',
      class: class MakeDaysAtATime extends Migration {
        override up(): void {
          this.addSql(createMakePartitionsAt);
        }

        override down(): void {
          this.addSql(dropMakePartitionsAt);
        }
      },
    },
    {
      name: '202611240130_look_at_outbox',
      class: class LookAtOutbox extends Migration {
        override up(): void {
          this.addSql(createLook);
          this.addSql(lookGrants(roles));
        }

        override down(): void {
          this.addSql(revokeLookGrants(roles));
          this.addSql(dropLook);
        }
      },
    },
    {
      name: '202611240140_watch_backlog',
      class: class WatchBacklog extends Migration {
        override up(): void {
          this.addSql(createBacklog(roles));
        }

        override down(): void {
          this.addSql(dropBacklog);
        }
      },
    },
    {
      name: '202611240340_read_receipts_in_one_place',
      class: class ReadReceiptsInOnePlace extends Migration {
        override up(): void {
          this.addSql(createReceipts(roles));
        }

        override down(): void {
          this.addSql(replaceDelivery);
          this.addSql(dropReceipts);
        }
      },
    },
    {
      name: '202611240341_look_at_old_days_by_index',
      class: class LookAtOldDaysByIndex extends Migration {
        override up(): void {
          this.addSql(replaceUnpublishedLanes);
        }

        override down(): void {
          this.addSql(restoreUnpublishedLanes);
        }
      },
    },
    {
      name: '202611240350_keep_headers_as_text',
      class: class KeepHeadersAsText extends Migration {
        override up(): void {
          this.addSql(keepHeadersAsText(roles));
        }

        override down(): void {
          this.addSql(keepHeadersAsJson(roles));
        }
      },
    },
    {
      name: '202611300310_keep_late_before',
      class: class KeepLateBefore extends Migration {
        override up(): void {
          this.addSql(keepLateBefore);
        }

        override down(): void {
          this.addSql(dropLateBefore);
        }
      },
    },
    {
      name: '202611300320_read_receipts_by_index',
      class: class ReadReceiptsByIndex extends Migration {
        override up(): void {
          this.addSql(readReceiptsByIndex(roles));
        }

        override down(): void {
          this.addSql(readReceiptsAsPlanned(roles));
        }
      },
    },
    {
      name: '202612010330_find_discarded_events',
      class: class FindDiscardedEvents extends Migration {
        override up(): void {
          this.addSql(findDiscarded(roles));
        }

        override down(): void {
          this.addSql(dropFindDiscarded(roles));
        }
      },
    },
    {
      name: '202612010340_look_at_rows_in_view',
      class: class LookAtRowsInView extends Migration {
        override up(): void {
          this.addSql(lookAtRowsInView);
        }

        override down(): void {
          this.addSql(lookAtAllRows);
        }
      },
    },
  ];
}
