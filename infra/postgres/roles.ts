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

/**
 * What a role starts its sessions with, pooled ones too: pgbouncer in transaction mode passes on nothing that a client
 * asks for. A row that somebody keeps locked fails those who want it and no others, because orders go in groups and
 * one that cannot have it is put aside; other statements end before a client's patience does.
 */
export const roleSettings: Readonly<Partial<Record<RoleName, Readonly<Record<string, string>>>>> = {
  waybill_api: {
    lock_timeout: '2s',
    statement_timeout: '5s',
    idle_in_transaction_session_timeout: '10s',
  },
};

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
