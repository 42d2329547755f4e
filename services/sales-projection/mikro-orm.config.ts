import { salesMigrationOptions } from './src/persistence/orm-config.ts';

const developmentUrl = 'postgres://waybill_migrator:waybill_migrator@127.0.0.1:55432/waybill_sales';

/** For the `mikro-orm` command and for infra/postgres/migrate.ts. */
export default salesMigrationOptions(process.env.SALES_MIGRATOR_DATABASE_URL ?? developmentUrl);
