import { Migration } from '@mikro-orm/migrations';
import { completeAuditLog, reduceAuditLog } from './audit.sql.ts';
import { createForgetAuditLog, dropForgetAuditLog } from './audit-retention.sql.ts';
import { createUsersAndProducts, dropUsersAndProducts } from './catalogue.sql.ts';
import { grantOrderTables } from './grants.sql.ts';
import { createOrderVersions, dropOrderVersions } from './order-versions.sql.ts';
import { createOrders, dropOrders } from './orders.sql.ts';
import { createRequestRecords, dropRequestRecords } from './requests.sql.ts';

class CreateOrders extends Migration {
  override up(): void {
    this.addSql(createUsersAndProducts);
    this.addSql(createOrders);
    this.addSql(createRequestRecords);
    this.addSql(grantOrderTables);
  }

  override down(): void {
    this.addSql(dropRequestRecords);
    this.addSql(dropOrders);
    this.addSql(dropUsersAndProducts);
  }
}

/** A topic is never taken away again: what it holds is history, so there is no way down. */
class AddOrderTopics extends Migration {
  override up(): void {
    this.addSql(`select outbox_add_topic('order_placed', 8)`);
    this.addSql(`select outbox_add_topic('order_cancelled', 8)`);
  }
}

class ShowOrderVersions extends Migration {
  override up(): void {
    this.addSql(createOrderVersions);
  }

  override down(): void {
    this.addSql(dropOrderVersions);
  }
}

class CompleteAuditLog extends Migration {
  override up(): void {
    this.addSql(completeAuditLog);
  }

  override down(): void {
    this.addSql(reduceAuditLog);
  }
}

class ForgetAuditLog extends Migration {
  override up(): void {
    this.addSql(createForgetAuditLog);
  }

  override down(): void {
    this.addSql(dropForgetAuditLog);
  }
}

/** The order service's part of the database `waybill`, after the outbox's. Run as waybill_migrator. */
export const orderMigrations = [
  { name: '202611230200_create_orders', class: CreateOrders },
  { name: '202611230201_add_order_topics', class: AddOrderTopics },
  { name: '202611240230_show_order_versions', class: ShowOrderVersions },
  { name: '202611240320_complete_audit_log', class: CompleteAuditLog },
  { name: '202611240360_forget_audit_log', class: ForgetAuditLog },
];
