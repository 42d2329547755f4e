import type { Queryable } from './relay-database.ts';

/** Offsets that receipts named and Kafka gave out again. */
export interface LogLoss {
  readonly lane: number;
  /** Of the log that begins now. */
  readonly logGeneration: number;
  /** The first offset seen of it. */
  readonly baseOffset: bigint;
  /** The last offset that a receipt of the lost log may name. */
  readonly lostTo: bigint;
}

const NOTE = `
with noted as (
  insert into outbox_log_loss (lane, log_generation, base_offset, lost_from, lost_to) values ($1, $2, $3, $3, $4)
)
insert into outbox_audit (actor, action, lane, reason, details)
values ($5, 'log lost', $1, 'an acknowledged offset was not above the last one',
        jsonb_build_object('log_generation', $2::int, 'lost_from', $3::bigint, 'lost_to', $4::bigint))`;

/** Makes receipts of older generations at or above the base offset count as lost. */
export async function noteLogLoss(transaction: Queryable, loss: LogLoss, actor: string): Promise<void> {
  const { lane, logGeneration, baseOffset, lostTo } = loss;
  await transaction.query({ text: NOTE, values: [lane, logGeneration, baseOffset, lostTo, actor] });
}

const PAUSE = `
with paused as (update outbox_lane set paused = true where lane = $1 returning lane, topic)
insert into outbox_audit (actor, action, lane, topic, reason) select $2, 'pause', lane, topic, $3 from paused`;

/** The lane's row is locked by the transaction that records the progress. */
export async function pauseLane(
  transaction: Queryable,
  lane: number,
  actor: string,
  reason: string,
): Promise<void> {
  await transaction.query({ text: PAUSE, values: [lane, actor, reason] });
}

const FENCE = `select from outbox_lane where lane = $1 and lease_epoch = $2 for no key update`;

/** Whether the lane is still ours; nobody can take it until the transaction ends. */
export async function fenceLane(transaction: Queryable, lane: number, leaseEpoch: bigint): Promise<boolean> {
  const { rows } = await transaction.query({ text: FENCE, values: [lane, leaseEpoch] });
  return rows.length > 0;
}
