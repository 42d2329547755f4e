import type { EventLog } from '../event-log.ts';
import type { LaneState } from '../lane-states.sql.ts';
import type { Difference } from './difference.ts';
import { refusing } from './log-refusal.ts';
import { type LaneEdges, readLaneEdges } from './receipts.sql.ts';
import { type LaneComparison, reconcileLane } from './reconcile-lane.ts';

export interface TopicLog extends Pick<LaneComparison, 'database' | 'since' | 'keeps' | 'seen' | 'signal'> {
  readonly log: EventLog;
  readonly topic: string;
  readonly lanes: readonly LaneState[];
  /** The outbox has every event since then. */
  readonly heldSince: Date;
}

/** Receipts and records of one topic, partition by partition. @throws LogRefusal when the broker does not show them */
export async function* reconcileTopicLog({
  topic,
  lanes,
  heldSince,
  ...work
}: TopicLog): AsyncGenerator<Difference, void, undefined> {
  const { database, since, signal } = work;
  const log = refusing(work.log);
  const edges: (readonly [LaneState, LaneEdges])[] = [];
  for (const lane of lanes) edges.push([lane, await readLaneEdges(database, lane.lane, heldSince)]);
  const bounds = await log.bounds(topic);
  const offsets = await log.offsetsAt(topic, since);
  for (const [lane, ownEdges] of edges) {
    if (signal.aborted) return;
    const own = bounds.find(({ partition }) => partition === lane.partition);
    if (own === undefined) {
      yield* missingPartition(lane, since);
      continue;
    }
    const offsetAtSince = offsets.get(lane.partition) ?? own.end;
    yield* reconcileLane({ ...work, log, lane, edges: ownEdges, bounds: own, offsetAtSince });
  }
}

/** A topic that was made anew with fewer partitions. One difference for all receipts. */
function* missingPartition(
  { lane, topic, partition, lastReceipt }: LaneState,
  since: Date,
): Generator<Difference> {
  if (lastReceipt === null || lastReceipt.publishedAt < since) return;
  const { offset } = lastReceipt;
  const what = `Kafka has no ${topic}/${partition}, where receipts of lane ${lane} up to offset ${offset} say that events are.`;
  yield { kind: 'RECORD_MISSING', topic, lane, partition, offset, key: '', what };
}
