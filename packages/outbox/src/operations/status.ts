import type { Queryable } from '../relay/relay-database.ts';
import { BACKLOG_CAP, type LaneBacklog, readLaneBacklog } from './lane-backlog.sql.ts';
import { type LaneState, readLaneStates } from './lane-states.sql.ts';
import { type BackingOff, type LiveRelay, readLiveRelays } from './live-relays.sql.ts';
import { rateWindowMs, readPublishRates } from './publish-rate.sql.ts';

/** One topic's lanes, taken together. */
export interface TopicStatus {
  readonly topic: string;
  /** Committed events that are not published, parked ones left out. */
  readonly pending: number;
  /** `at least` when a lane has more than is counted. */
  readonly pendingIs: 'exact' | 'at least';
  readonly oldestAgeMs: number | null;
  readonly parked: number;
  readonly lanes: {
    readonly total: number;
    readonly held: number;
    readonly paused: number;
    readonly backingOff: number;
  };
  /** Events per second that were acknowledged lately. */
  readonly publishedPerSecond: number;
  readonly lastPublishedAt: Date | null;
}

/** A lane that waits after a failure, and why. */
export interface WaitingLane extends BackingOff {
  readonly topic: string;
  readonly partition: number;
  readonly host: string;
}

/** Where the relay's work stands. */
export interface OutboxStatus {
  readonly topics: readonly TopicStatus[];
  readonly relays: readonly LiveRelay[];
  readonly backingOff: readonly WaitingLane[];
  /** What `publishedPerSecond` is an average of, in ms. */
  readonly rateWindowMs: number;
}

/** Some dozen reads by index a lane, whatever the outbox holds. */
export async function readStatus(database: Queryable): Promise<OutboxStatus> {
  const lanes = await readLaneStates(database);
  const backlog = await readLaneBacklog(database, BACKLOG_CAP);
  const relays = await readLiveRelays(database);
  const rates = await readPublishRates(database);
  const backingOff = relays.flatMap((relay) => waitingLanes(relay, lanes));
  const topics = [...Map.groupBy(lanes, ({ topic }) => topic)].map(([topic, own]) => ({
    topic,
    ...waitingIn(backlog.filter((lane) => lane.topic === topic)),
    lanes: {
      total: own.length,
      held: own.filter(({ owner }) => owner !== null).length,
      paused: own.filter(({ isPaused }) => isPaused).length,
      backingOff: backingOff.filter((lane) => lane.topic === topic).length,
    },
    publishedPerSecond: rates.get(topic) ?? 0,
    lastPublishedAt: lastOf(own),
  }));
  return { topics, relays, backingOff, rateWindowMs };
}

function waitingLanes({ host, backingOff }: LiveRelay, lanes: readonly LaneState[]): WaitingLane[] {
  return backingOff.flatMap((waiting) => {
    const lane = lanes.find(({ lane: number }) => number === waiting.lane);
    return lane === undefined ? [] : [{ ...waiting, topic: lane.topic, partition: lane.partition, host }];
  });
}

function waitingIn(
  lanes: readonly LaneBacklog[],
): Pick<TopicStatus, 'pending' | 'pendingIs' | 'oldestAgeMs' | 'parked'> {
  const ages = lanes.flatMap(({ oldestAgeMs }) => (oldestAgeMs === null ? [] : [oldestAgeMs]));
  return {
    pending: lanes.reduce((sum, { pending }) => sum + pending, 0),
    pendingIs: lanes.some(({ pending }) => pending >= BACKLOG_CAP) ? 'at least' : 'exact',
    oldestAgeMs: ages.length === 0 ? null : Math.round(Math.max(...ages)),
    parked: lanes.reduce((sum, { parked }) => sum + parked, 0),
  };
}

function lastOf(lanes: readonly LaneState[]): Date | null {
  const times = lanes.flatMap(({ lastReceipt }) => (lastReceipt === null ? [] : [lastReceipt.publishedAt]));
  return times.length === 0 ? null : new Date(Math.max(...times.map(Number)));
}
