import type { Queryable } from '../relay/relay-database.ts';

/** A lane as the database knows it. */
export interface LaneState {
  readonly lane: number;
  readonly topic: string;
  readonly partition: number;
  readonly isPaused: boolean;
  readonly leaseEpoch: bigint;
  /** The relay that holds it, if that relay lives. */
  readonly owner: { readonly relayId: string; readonly host: string; readonly leaseLeftMs: number } | null;
  readonly position: bigint;
  readonly logGeneration: number;
  /** What was acknowledged last. */
  readonly lastReceipt: { readonly offset: bigint; readonly publishedAt: Date } | null;
}

/**
 * The newest progress row of each lane, and the newest with a receipt, by ix_outbox_progress_lane_id: two reads a
 * lane. Rows without a receipt are one per grant and one per parked batch, so that the second read passes few of them.
 * A lane whose progress rows were all dropped with their days has its checkpoint.
 */
const LANE_STATES = `
select l.lane, l.topic, l.partition, l.paused, l.lease_epoch, r.relay_id, r.host,
       extract(epoch from r.lease_until - clock_timestamp())::float8 * 1000 as lease_left_ms,
       coalesce(newest.position, (l.checkpoint ->> 'position')::bigint, 0) as position,
       coalesce(newest.log_generation, (l.checkpoint ->> 'log_generation')::integer, 0) as log_generation,
       receipt.last_offset, receipt.published_at
from outbox_lane l
left join outbox_relay r on r.relay_id = l.owner and r.lease_until > clock_timestamp()
left join lateral (
  select p.position, p.log_generation from outbox_progress p where p.lane = l.lane order by p.id desc limit 1
) newest on true
left join lateral (
  select p.base_offset + cardinality(p.seqs) - 1 as last_offset, p.published_at
  from outbox_progress p where p.lane = l.lane and p.base_offset is not null order by p.id desc limit 1
) receipt on true
order by l.topic, l.partition`;

interface Row {
  lane: number;
  topic: string;
  partition: number;
  paused: boolean;
  lease_epoch: string;
  relay_id: string | null;
  host: string | null;
  lease_left_ms: number | null;
  position: string;
  log_generation: number;
  last_offset: string | null;
  published_at: Date | null;
}

/** @returns every lane, by topic and partition */
export async function readLaneStates(database: Queryable): Promise<LaneState[]> {
  const { rows } = await database.query<Row>({ text: LANE_STATES, values: [] });
  return rows.map((row) => ({
    lane: row.lane,
    topic: row.topic,
    partition: row.partition,
    isPaused: row.paused,
    leaseEpoch: BigInt(row.lease_epoch),
    owner:
      row.relay_id === null
        ? null
        : {
            relayId: row.relay_id,
            host: row.host ?? '',
            leaseLeftMs: Math.max(0, Math.round(row.lease_left_ms ?? 0)),
          },
    position: BigInt(row.position),
    logGeneration: row.log_generation,
    lastReceipt:
      row.last_offset === null || row.published_at === null
        ? null
        : { offset: BigInt(row.last_offset), publishedAt: row.published_at },
  }));
}
