import { orderCancelled } from './order-cancelled.ts';
import { orderPlaced } from './order-placed.ts';

export interface Topic {
  readonly name: string;
  /** Fixed for the topic's life: a key's partition depends on it. A wider topic is a new topic. */
  readonly partitions: number;
  /** Kafka's own names and spellings. */
  readonly config: Readonly<Record<string, string>>;
}

/** Kept for ever: a consumer that starts anew needs the whole history. */
const history = { 'cleanup.policy': 'delete', 'retention.ms': '-1' } as const;

export const topics: readonly Topic[] = [orderPlaced, orderCancelled].map(({ topic }) => ({
  name: topic,
  partitions: 8,
  config: history,
}));
