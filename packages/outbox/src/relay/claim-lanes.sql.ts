import type { Cursor } from './cursor.ts';
import type { Queryable } from './relay-database.ts';

/** A lane that this relay owns, as its newest progress tells. */
export interface ClaimedLane {
  readonly lane: number;
  readonly topic: string;
  readonly partition: number;
  readonly leaseEpoch: bigint;
  readonly cursor: Cursor;
  readonly logGeneration: number;
}

/**
 * Takes every lane: each grant raises the lane's lease epoch, which voids whatever an earlier owner still holds.
 * The newest progress is read in a second statement, after the lane rows are locked and so after any advance of the
 * earlier owner has committed or been fenced off; it is also kept as the lane's checkpoint.
 */
const CLAIM = `
with locked as (select lane from outbox_lane order by lane for no key update)
update outbox_lane l set owner = $1, lease_epoch = l.lease_epoch + 1
from locked where l.lane = locked.lane`;

const CHECKPOINT = `
with newest as (
  select l.lane, p.* from outbox_lane l cross join lateral (
    select p.position, p.snapshot, p.floor, p.late_after, p.late_until, p.log_generation
    from outbox_progress p where p.lane = l.lane order by p.id desc limit 1
  ) p
  where l.owner = $1
)
update outbox_lane l set checkpoint = to_jsonb(newest) - 'lane'
from newest where newest.lane = l.lane
returning l.lane, l.topic, l.partition, l.lease_epoch, newest.position, newest.snapshot::text, newest.floor,
          newest.late_after, newest.late_until::text, newest.log_generation`;

interface ClaimRow {
  lane: number;
  topic: string;
  partition: number;
  lease_epoch: string;
  position: string;
  snapshot: string;
  floor: string;
  late_after: string | null;
  late_until: string | null;
  log_generation: number;
}

/** Runs inside the transaction of `transaction`, which commits both statements or neither. */
export async function claimLanes(transaction: Queryable, relayId: string): Promise<ClaimedLane[]> {
  await transaction.query({ text: CLAIM, values: [relayId] });
  const { rows } = await transaction.query<ClaimRow>({ text: CHECKPOINT, values: [relayId] });
  return rows.map((row) => ({
    lane: row.lane,
    topic: row.topic,
    partition: row.partition,
    leaseEpoch: BigInt(row.lease_epoch),
    logGeneration: row.log_generation,
    cursor: {
      position: BigInt(row.position),
      snapshot: row.snapshot,
      floor: BigInt(row.floor),
      drain:
        row.late_after === null || row.late_until === null
          ? null
          : { after: BigInt(row.late_after), until: row.late_until },
    },
  }));
}
