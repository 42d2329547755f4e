import { Migration, Migrator } from '@mikro-orm/migrations';
import { defineConfig } from '@mikro-orm/postgresql';
import { OutboxEventEntity } from '@waybill/outbox';
import { outboxMigrations } from '@waybill/outbox/migrations';
import { Invoice } from './invoice.ts';

class CreateInvoice extends Migration {
  override up(): void {
    this.addSql(`
      create table invoice (
        id uuid primary key, customer text not null, cents integer not null, state text not null, version integer not null
      );
      grant select, insert, update on invoice to billing_api;
      select outbox_add_topic('invoice', 4);`);
  }

  override down(): void {
    this.addSql('drop table invoice');
  }
}

/** @param databaseUrl as the role that is to own the tables for migrations, as the writer for everything else */
export function billing(databaseUrl: string) {
  return defineConfig({
    clientUrl: databaseUrl,
    entities: [Invoice, OutboxEventEntity],
    extensions: [Migrator],
    migrations: {
      snapshot: false,
      migrationsList: [
        ...outboxMigrations({
          writer: 'billing_api',
          relay: 'billing_relay',
          jobs: 'billing_relay',
          ops: 'billing_ops',
        }),
        { name: '202611240900_create_invoice', class: CreateInvoice },
      ],
    },
  });
}
