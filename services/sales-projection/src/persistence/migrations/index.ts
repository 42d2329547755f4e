import { Migration } from '@mikro-orm/migrations';
import { createBuyerTotals, dropBuyerTotals } from './buyer-totals.sql.ts';
import { addGenerations, removeGenerations } from './generations.sql.ts';
import { createOpsViews, dropOpsViews } from './ops-views.sql.ts';
import { addRebuildLaggards, removeRebuildLaggards } from './rebuild-laggards.sql.ts';
import { addRebuildReasons, removeRebuildReasons } from './rebuild-reasons.sql.ts';
import { addRebuildUpkeep, removeRebuildUpkeep } from './rebuild-upkeep.sql.ts';

class CreateBuyerTotals extends Migration {
  override up(): void {
    this.addSql(createBuyerTotals);
  }

  override down(): void {
    this.addSql(dropBuyerTotals);
  }
}

class ShowDeadLetters extends Migration {
  override up(): void {
    this.addSql(createOpsViews);
  }

  override down(): void {
    this.addSql(dropOpsViews);
  }
}

class CountInGenerations extends Migration {
  override up(): void {
    this.addSql(addGenerations);
  }

  override down(): void {
    this.addSql(removeGenerations);
  }
}

class SayWhatARebuildWaitsFor extends Migration {
  override up(): void {
    this.addSql(addRebuildReasons);
  }

  override down(): void {
    this.addSql(removeRebuildReasons);
  }
}

class RememberWhatARebuildLacks extends Migration {
  override up(): void {
    this.addSql(addRebuildLaggards);
  }

  override down(): void {
    this.addSql(removeRebuildLaggards);
  }
}

class GiveUpARebuild extends Migration {
  override up(): void {
    this.addSql(addRebuildUpkeep);
  }

  override down(): void {
    this.addSql(removeRebuildUpkeep);
  }
}

/** The totals, and what waybill_ops may see of this database. As waybill_migrator. */
export const salesMigrations = [
  { name: '202611230300_create_buyer_totals', class: CreateBuyerTotals },
  { name: '202611240331_show_dead_letters', class: ShowDeadLetters },
  { name: '202611240332_count_in_generations', class: CountInGenerations },
  { name: '202611240370_say_what_a_rebuild_waits_for', class: SayWhatARebuildWaitsFor },
  { name: '202611240380_remember_what_a_rebuild_lacks', class: RememberWhatARebuildLacks },
  { name: '202611290300_give_up_a_rebuild', class: GiveUpARebuild },
];
