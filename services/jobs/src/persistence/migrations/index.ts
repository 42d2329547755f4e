import { Migration } from '@mikro-orm/migrations';
import { createCanary, dropCanary } from './canary.sql.ts';
import { createJobTables, dropJobTables } from './job-tables.sql.ts';
import { keepJobs, retireJobs } from './retired-jobs.sql.ts';

class CreateJobs extends Migration {
  override up(): void {
    this.addSql(createJobTables);
    this.addSql(createCanary);
  }

  override down(): void {
    this.addSql(dropCanary);
    this.addSql(dropJobTables);
  }
}

/** A topic is never taken away again, so there is no way down. */
class AddCanaryTopic extends Migration {
  override up(): void {
    this.addSql(`select outbox_add_topic('waybill_canary', 1)`);
  }
}

class RetireJobs extends Migration {
  override up(): void {
    this.addSql(retireJobs);
  }

  override down(): void {
    this.addSql(keepJobs);
  }
}

/** The part of the database `waybill` that services/jobs owns, after the outbox's. Run as waybill_migrator. */
export const jobMigrations = [
  { name: '202611240150_create_jobs', class: CreateJobs },
  { name: '202611240151_add_canary_topic', class: AddCanaryTopic },
  { name: '202612010310_retire_jobs', class: RetireJobs },
];
