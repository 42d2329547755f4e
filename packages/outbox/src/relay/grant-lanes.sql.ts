import type { Cursor } from './cursor.ts';
import type { Queryable } from './relay-database.ts';

/** A lane that this relay owns, as its newest progress tells. */
export interface GrantedLane {
  readonly lane: number;
  readonly topic: string;
  readonly partition: number;
  readonly leaseEpoch: bigint;
  readonly cursor: Cursor;
  /** Of the cursor's position, as `BoundedCursor` has it. */
  readonly lateBefore: string;
  readonly logGeneration: number;
  /** The first offset that no receipt names yet. */
  readonly logEnd: bigint;
  /** Keys with a parked event, with the seq of the first one. */
  readonly blocked: ReadonlyMap<string, bigint>;
}

/**
 * Takes those of the wanted lanes that no live relay owns. Each grant raises the lane's lease epoch, which voids what
 * an earlier owner still holds. Locks in lane order, as every statement on this table.
 */
const GRANT = `
with free as (
  select lane from outbox_lane l
  where l.lane = any($2::smallint[])
    and not exists (select from outbox_relay r where r.relay_id = l.owner and r.relay_id <> $1
                    and r.lease_until > clock_timestamp())
  order by lane for no key update
)
update outbox_lane l set owner = $1, lease_epoch = l.lease_epoch + 1
from free where l.lane = free.lane
returning l.lane`;

/**
 * Runs after the grant has committed, in a statement of its own: only then is every advance of the earlier owner
 * either visible or fenced off. Falls back on the checkpoint for a lane whose progress rows were all dropped with
 * their days, and keeps the newest state as the next checkpoint. A position that an earlier version stored has no bound of
 * late rows: this transaction is one too.
 */
const LOAD = `
with newest as (
  select l.lane, coalesce(to_jsonb(p), l.checkpoint) as state
  from outbox_lane l left join lateral (
    select p.position::text, p.snapshot::text, p.floor::text, p.late_after::text, p.late_until::text, p.log_generation,
           p.late_before::text,
           coalesce((select r.base_offset + cardinality(r.seqs) from outbox_progress r
                     where r.lane = l.lane and r.base_offset is not null order by r.id desc limit 1)::text,
                    l.checkpoint ->> 'log_end') as log_end
    from outbox_progress p where p.lane = l.lane order by p.id desc limit 1
  ) p on true
  where l.lane = any($2::smallint[]) and l.owner = $1
  order by l.lane for no key update of l
)
update outbox_lane l set checkpoint = newest.state
from newest where newest.lane = l.lane
returning l.lane, l.topic, l.partition, l.lease_epoch, newest.state,
  coalesce(newest.state ->> 'late_before', pg_current_xact_id()::text) as late_before,
  array(select jsonb_build_array(k.key, min(k.seq)::text) from outbox_parked k where k.lane = l.lane group by k.key) as blocked`;

interface LoadedRow {
  lane: number;
  topic: string;
  partition: number;
  lease_epoch: string;
  late_before: string;
  /** Numbers as text: as JSON they may lose digits. */
  blocked: [key: string, seq: string][];
  state: LaneState | null;
}

interface LaneState {
  position: string;
  snapshot: string;
  floor: string;
  late_after: string | null;
  late_until: string | null;
  log_generation: number;
  /** Missing in checkpoints of lanes that had no receipt. */
  log_end?: string | null;
}

/** @returns the lanes that were granted; fewer than wanted when another relay was quicker */
export async function grantLanes(
  database: Queryable,
  relayId: string,
  wanted: readonly number[],
): Promise<GrantedLane[]> {
  const granted = await database.query<{ lane: number }>({ text: GRANT, values: [relayId, wanted] });
  if (granted.rows.length === 0) return [];
  const { rows } = await database.query<LoadedRow>({
    text: LOAD,
    values: [relayId, granted.rows.map(({ lane }) => lane)],
  });
  return rows.map(({ state, ...row }) => {
    if (state === null)
      throw new Error(`lane ${row.lane} has neither progress nor a checkpoint to begin from`);
    return grantedLane(row, state);
  });
}

function grantedLane(row: Omit<LoadedRow, 'state'>, state: LaneState): GrantedLane {
  return {
    lane: row.lane,
    topic: row.topic,
    partition: row.partition,
    leaseEpoch: BigInt(row.lease_epoch),
    logGeneration: state.log_generation,
    logEnd: BigInt(state.log_end ?? 0),
    blocked: new Map(row.blocked.map(([key, seq]) => [key, BigInt(seq)])),
    lateBefore: row.late_before,
    cursor: {
      position: BigInt(state.position),
      snapshot: state.snapshot,
      floor: BigInt(state.floor),
      drain:
        state.late_after === null || state.late_until === null
          ? null
          : { after: BigInt(state.late_after), until: state.late_until },
    },
  };
}

const RELEASE = `
with held as (
  select l.lane from outbox_lane l join unnest($2::smallint[], $3::bigint[]) as g (lane, lease_epoch) using (lane)
  where l.owner = $1 and l.lease_epoch = g.lease_epoch
  order by l.lane for no key update of l
)
update outbox_lane l set owner = null from held where l.lane = held.lane`;

/** Gives lanes back whose batch in flight has ended. */
export async function releaseLanes(
  database: Queryable,
  relayId: string,
  lanes: readonly Pick<GrantedLane, 'lane' | 'leaseEpoch'>[],
): Promise<void> {
  await database.query({
    text: RELEASE,
    values: [relayId, lanes.map(({ lane }) => lane), lanes.map(({ leaseEpoch }) => leaseEpoch)],
  });
}

const RELEASE_UNHELD = `
with unheld as (
  select lane from outbox_lane where lane = any($2::smallint[]) and owner = $1 order by lane for no key update
)
update outbox_lane l set owner = null from unheld where l.lane = unheld.lane`;

/** Gives lanes back that this relay owns and does not work on. */
export async function releaseUnheldLanes(
  database: Queryable,
  relayId: string,
  lanes: readonly number[],
): Promise<void> {
  await database.query({ text: RELEASE_UNHELD, values: [relayId, lanes] });
}
