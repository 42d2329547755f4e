import { partitionOf } from './murmur2.ts';

/** A queue in front of one topic-partition. */
export interface Lane {
  readonly lane: number;
  readonly topic: string;
  readonly partition: number;
}

/** The topic is not in `outbox_lane`: no migration has added it. */
export class UnknownTopicError extends Error {
  readonly code = 'OUTBOX_UNKNOWN_TOPIC';

  constructor(topic: string) {
    super(
      `topic "${topic}" has no lanes: add it in a migration with select outbox_add_topic('${topic}', <partitions>)`,
    );
    this.name = 'UnknownTopicError';
  }
}

/**
 * Which lane an event waits in. A topic's lanes are fixed when the topic is made, so a directory read at start
 * stays true for the life of the process; a topic added later needs a restart of those that write to it.
 */
export class LaneDirectory {
  readonly #lanesByTopic = new Map<string, number[]>();

  /** @throws Error when a topic's partitions are not 0 … n−1 */
  constructor(lanes: readonly Lane[]) {
    for (const topic of new Set(lanes.map((lane) => lane.topic))) {
      const own = lanes.filter((lane) => lane.topic === topic).sort((a, b) => a.partition - b.partition);
      const gap = own.findIndex((lane, index) => lane.partition !== index);
      if (gap !== -1) throw new Error(`topic "${topic}" has no lane for partition ${gap}`);
      this.#lanesByTopic.set(
        topic,
        own.map((lane) => lane.lane),
      );
    }
  }

  /** @throws UnknownTopicError */
  laneOf(topic: string, key: string): number {
    const lanes = this.#lanesByTopic.get(topic);
    const lane = lanes?.[partitionOf(key, lanes.length)];
    if (lane === undefined) throw new UnknownTopicError(topic);
    return lane;
  }
}
