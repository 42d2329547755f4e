import type { EventDefinition } from './event-definition.ts';
import { orderEvents } from './order-events.ts';

export interface Topic {
  readonly name: string;
  /** Fixed for the topic's life: a key's partition depends on it. A wider topic is a new topic. */
  readonly partitions: number;
  /** Kafka's own names and spellings. */
  readonly config: Readonly<Record<string, string>>;
}

/** Kept for ever: a consumer that starts anew needs the whole history. */
const history = { 'cleanup.policy': 'delete', 'retention.ms': '-1' } as const;

/** The events of orders: what a consumer of Waybill's history reads. */
export const topics: readonly Topic[] = orderEvents.map(topicOf);

export function topicOf({ topic: name }: Pick<EventDefinition, 'topic'>): Topic {
  return { name, partitions: 8, config: history };
}

/**
 * What services/jobs sends through the whole path to see that it works. Nobody needs its history: a day of it, in
 * segments short enough that the day is kept.
 */
export const canaryTopic: Topic = {
  name: 'waybill_canary',
  partitions: 1,
  config: { 'cleanup.policy': 'delete', 'retention.ms': '86400000', 'segment.ms': '3600000' },
};

/** Every topic that has to be there before the services start. */
export const everyTopic: readonly Topic[] = [...topics, canaryTopic];
