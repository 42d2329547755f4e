/** Every role that Waybill logs in as. What each may do is granted by the migrations. */
export const roleNames = [
  'waybill_migrator',
  'waybill_api',
  'waybill_relay',
  'waybill_jobs',
  'waybill_ops',
  'waybill_sales',
] as const;

export type RoleName = (typeof roleNames)[number];

/** A database and who may connect to it; its owner is waybill_migrator. */
export interface DatabasePlan {
  readonly name: string;
  readonly connect: readonly RoleName[];
}

/** Orders and their outbox. */
export function orderDatabase(name: string): DatabasePlan {
  return { name, connect: ['waybill_api', 'waybill_relay', 'waybill_jobs', 'waybill_ops'] };
}

/** What sales-projection keeps. */
export function salesDatabase(name: string): DatabasePlan {
  return { name, connect: ['waybill_sales', 'waybill_ops'] };
}
