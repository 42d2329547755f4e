import type { Queryable } from '../../relay/relay-database.ts';
import type { EventLog } from '../event-log.ts';
import { type LaneState, readLaneStates } from '../lane-states.sql.ts';
import { type AggregateSource, reconcileAggregates } from './aggregates.ts';
import type { Difference } from './difference.ts';
import { readHeldSince } from './held-since.sql.ts';
import { LogRefusal } from './log-refusal.ts';
import { reconcileEvents } from './reconcile-events.ts';
import { reconcileTopicLog } from './reconcile-topic-log.ts';

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
  /** Events, receipts and records only since then; by default all that the outbox has. Aggregates are compared all. */
  readonly since?: Date;
  /** Only this topic's lanes; without it aggregates are compared too. */
  readonly topic?: string;
  /** Topics that the broker drops nothing of. */
  readonly keptForEver: readonly string[];
  /** How long an event may wait before it counts as not published, in ms. */
  readonly pendingMs: number;
  /** Grows as it goes on. */
  readonly reconciled: Reconciled;
  /** Grows by each topic that the log does not show; what the database says of it is compared all the same. */
  readonly refusals: LogRefusal[];
  readonly signal: AbortSignal;
}

/**
 * Compares aggregates, outbox, receipts and what the broker holds, and names every difference as it is found. Holds a
 * page of each in memory, whatever their number; reads by index; changes nothing, and may run beside everything else.
 * Of days before the last that retention dropped, it only asks whether events wait and what they tell of exists.
 *
 * @throws what the database or the aggregates throw
 */
export async function* reconcile(work: Reconciliation): AsyncGenerator<Difference, void, undefined> {
  const { database, log, aggregates, topic, reconciled, refusals, signal } = work;
  const always = new Date(0);
  const heldSince = (await readHeldSince(database)) ?? always;
  const since = work.since !== undefined && work.since > heldSince ? work.since : heldSince;
  if (topic === undefined) {
    const seen = (count: number): void => void (reconciled.aggregates += count);
    yield* reconcileAggregates({ database, aggregates, heldSince, since, seen, signal });
  }
  const lanes = (await readLaneStates(database)).filter(
    (lane) => topic === undefined || lane.topic === topic,
  );
  for (const [name, own] of Map.groupBy(lanes, (lane) => lane.topic)) {
    yield* eventsOf(work, own, work.since ?? always);
    if (signal.aborted) return;
    const keeps = work.keptForEver.includes(name) ? 'for ever' : 'for a time';
    const seen = (what: 'record' | 'repetition'): void => {
      if (what === 'record') reconciled.records += 1;
      else reconciled.repetitions += 1;
    };
    const away = refusals.find(({ isUnreachable }) => isUnreachable);
    if (away !== undefined) {
      refusals.push(new LogRefusal(name, away.cause));
      continue;
    }
    try {
      yield* reconcileTopicLog({
        database,
        log,
        topic: name,
        lanes: own,
        heldSince,
        since,
        keeps,
        seen,
        signal,
      });
    } catch (error) {
      if (!(error instanceof LogRefusal)) throw error;
      refusals.push(error);
    }
  }
}

async function* eventsOf(
  { database, aggregates, pendingMs, reconciled, signal }: Reconciliation,
  lanes: readonly LaneState[],
  since: Date,
): AsyncGenerator<Difference, void, undefined> {
  const seen = (count: number): void => void (reconciled.events += count);
  for (const lane of lanes) {
    yield* reconcileEvents({ database, lane, aggregates, since, pendingMs, seen, signal });
  }
}
