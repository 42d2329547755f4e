import { Migration } from '@mikro-orm/migrations';
import { createBuyerTotals, dropBuyerTotals } from './buyer-totals.sql.ts';

class CreateBuyerTotals extends Migration {
  override up(): void {
    this.addSql(createBuyerTotals);
  }

  override down(): void {
    this.addSql(dropBuyerTotals);
  }
}

/** The totals, and what waybill_ops may see of this database. After the inbox's migrations, as waybill_migrator. */
export const salesMigrations = [{ name: '202611230300_create_buyer_totals', class: CreateBuyerTotals }];
