import type { Queryable } from '../../relay/relay-database.ts';
import type { EventLog } from '../event-log.ts';
import { readLaneStates } from '../lane-states.sql.ts';
import { type AggregateSource, reconcileAggregates } from './aggregates.ts';
import type { Difference } from './difference.ts';
import { readOldestDay } from './events.sql.ts';
import { readLaneEdges } from './receipts.sql.ts';
import { reconcileEvents } from './reconcile-events.ts';
import { reconcileLane } from './reconcile-lane.ts';

/** How much was looked at. */
export interface Reconciled {
  aggregates: number;
  events: number;
  records: number;
  /** Records of an event that another record was of too: after a lost answer, or on their way into a receipt. */
  repetitions: number;
}

export interface Reconciliation {
  readonly database: Queryable;
  readonly log: EventLog;
  readonly aggregates: AggregateSource;
  /** Only what was written since; by default all that the outbox has. */
  readonly since?: Date;
  /** Only this topic's lanes; without it aggregates are compared too. */
  readonly topic?: string;
  /** Topics that the broker drops nothing of. */
  readonly keptForEver: readonly string[];
  /** How long an event may wait before it counts as not published, in ms. */
  readonly pendingMs: number;
  /** Grows as it goes on. */
  readonly reconciled: Reconciled;
  readonly signal: AbortSignal;
}

/**
 * Compares aggregates, outbox, receipts and what the broker holds, and names every difference as it is found. Holds a
 * page of each in memory, whatever their number; reads by index; changes nothing, and may run beside everything else.
 *
 * @throws what the database, the log or the aggregates throw
 */
export async function* reconcile(work: Reconciliation): AsyncGenerator<Difference, void, undefined> {
  const { database, log, aggregates, topic, pendingMs, reconciled, signal } = work;
  const oldest = (await readOldestDay(database)) ?? new Date(0);
  const since = work.since !== undefined && work.since > oldest ? work.since : oldest;
  if (topic === undefined) {
    const seen = (count: number): void => void (reconciled.aggregates += count);
    yield* reconcileAggregates(database, aggregates, since, seen, signal);
  }
  const lanes = (await readLaneStates(database)).filter(
    (lane) => topic === undefined || lane.topic === topic,
  );
  for (const [name, own] of Map.groupBy(lanes, (lane) => lane.topic)) {
    const edges = new Map<number, Awaited<ReturnType<typeof readLaneEdges>>>();
    for (const { lane } of own) edges.set(lane, await readLaneEdges(database, lane));
    const bounds = await log.bounds(name);
    const offsets = await log.offsetsAt(name, since);
    for (const lane of own) {
      if (signal.aborted) return;
      const seenEvents = (count: number): void => void (reconciled.events += count);
      yield* reconcileEvents({ database, lane, aggregates, since, pendingMs, seen: seenEvents, signal });
      const ownEdges = edges.get(lane.lane);
      const ownBounds = bounds.find(({ partition }) => partition === lane.partition);
      if (ownEdges === undefined || ownBounds === undefined) continue; // doctor says that a partition is missing
      yield* reconcileLane({
        database,
        log,
        lane,
        since,
        edges: ownEdges,
        bounds: ownBounds,
        keeps: work.keptForEver.includes(name) ? 'for ever' : 'for a time',
        offsetAtSince: offsets.get(lane.partition) ?? ownBounds.end,
        seen(what) {
          if (what === 'record') reconciled.records += 1;
          else reconciled.repetitions += 1;
        },
        signal,
      });
    }
  }
}
