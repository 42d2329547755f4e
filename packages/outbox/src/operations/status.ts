import type { Queryable } from '../relay/relay-database.ts';
import { type LaneState, readLaneStates } from './lane-states.sql.ts';
import { type LiveRelay, readLiveRelays } from './live-relays.sql.ts';
import { rateWindowMs, readPublishRates } from './publish-rate.sql.ts';

/** One topic's lanes, taken together. */
export interface TopicStatus {
  readonly topic: string;
  readonly lanes: { readonly total: number; readonly held: number; readonly paused: number };
  /** Events per second that were acknowledged lately. */
  readonly publishedPerSecond: number;
  readonly lastPublishedAt: Date | null;
}

/** Where the relay's work stands. */
export interface OutboxStatus {
  readonly relays: readonly LiveRelay[];
  readonly topics: readonly TopicStatus[];
  /** What `publishedPerSecond` is an average of, in ms. */
  readonly rateWindowMs: number;
}

/** Some dozen reads by index, whatever the outbox holds. */
export async function readStatus(database: Queryable): Promise<OutboxStatus> {
  const lanes = await readLaneStates(database);
  const relays = await readLiveRelays(database);
  const rates = await readPublishRates(database);
  const topics = [...Map.groupBy(lanes, ({ topic }) => topic)].map(([topic, own]) =>
    topicStatus(topic, own, rates.get(topic) ?? 0),
  );
  return { relays, topics, rateWindowMs };
}

function topicStatus(topic: string, lanes: readonly LaneState[], publishedPerSecond: number): TopicStatus {
  const times = lanes.flatMap(({ lastReceipt }) => (lastReceipt === null ? [] : [lastReceipt.publishedAt]));
  return {
    topic,
    lanes: {
      total: lanes.length,
      held: lanes.filter(({ owner }) => owner !== null).length,
      paused: lanes.filter(({ isPaused }) => isPaused).length,
    },
    publishedPerSecond,
    lastPublishedAt: times.length === 0 ? null : new Date(Math.max(...times.map(Number))),
  };
}
