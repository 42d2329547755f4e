import type { Queryable } from '../../relay/relay-database.ts';
import type { LaneState } from '../lane-states.sql.ts';
import type { AggregateSource } from './aggregates.ts';
import type { Difference } from './difference.ts';
import { type EventState, readEventStates } from './events.sql.ts';

const eventsAtOnce = 1_000;

export interface EventCheck {
  readonly database: Queryable;
  readonly lane: LaneState;
  readonly aggregates: AggregateSource;
  readonly since: Date;
  /** How long an event may wait. */
  readonly pendingMs: number;
  readonly seen: (events: number) => void;
  readonly signal: AbortSignal;
}

/** Each event of a lane: whether it was published in time, and whether what it tells of exists. */
export async function* reconcileEvents(check: EventCheck): AsyncGenerator<Difference, void, undefined> {
  const { database, lane, since, signal } = check;
  let after = 0n;
  while (!signal.aborted) {
    const page = await readEventStates(database, lane.lane, after, since, eventsAtOnce);
    const last = page.at(-1);
    if (last === undefined) return;
    check.seen(page.length);
    for (const event of page) yield* waiting(lane.lane, event, check.pendingMs);
    if (check.aggregates.topics.includes(lane.topic)) yield* orphans(check, page);
    after = last.seq;
  }
}

function* waiting(
  lane: number,
  { seq, topic, key, version, state, ageMs }: EventState,
  pendingMs: number,
): Generator<Difference> {
  const event = { topic, key, version, lane, seq };
  if (state === 'lost') {
    const what = `Seq ${seq} was published into a log that Kafka lost, and not again since.`;
    yield { kind: 'LOST', ...event, what };
  } else if (state === 'pending' && ageMs > pendingMs) {
    const what = `Seq ${seq} was written ${Math.round(ageMs / 1_000)} s ago and has no receipt.`;
    yield { kind: 'NOT_PUBLISHED', ...event, what };
  }
}

async function* orphans(
  { aggregates, lane }: EventCheck,
  page: readonly EventState[],
): AsyncGenerator<Difference, void, undefined> {
  const keys = [...new Set(page.map(({ key }) => key))];
  const known = new Set((await aggregates.find(keys)).map(({ key }) => key));
  for (const key of keys.filter((one) => !known.has(one))) {
    const what = `The outbox has events of ${key}, which does not exist.`;
    yield { kind: 'AGGREGATE_MISSING', topic: lane.topic, lane: lane.lane, key, what };
  }
}
