import { describe, expect, it } from 'vitest';
import { LaneDirectory, UnknownTopicError } from './lane-directory.ts';
import { partitionOf } from './murmur2.ts';

const lanesOf = (topic: string, first: number, partitions: number) =>
  Array.from({ length: partitions }, (_, partition) => ({ lane: first + partition, topic, partition }));

describe('a lane directory', () => {
  it('picks the lane of the partition that the key hashes to, per topic', () => {
    const directory = new LaneDirectory(
      [...lanesOf('placed', 1, 8), ...lanesOf('cancelled', 9, 3)].reverse(),
    );
    for (const key of ['a', 'b', '0198c0de-0000-7000-8000-000000000001']) {
      expect(directory.laneOf('placed', key)).toBe(1 + partitionOf(key, 8));
      expect(directory.laneOf('cancelled', key)).toBe(9 + partitionOf(key, 3));
    }
  });

  it('refuses a topic that no migration has added, and names the remedy', () => {
    const directory = new LaneDirectory(lanesOf('placed', 1, 8));
    expect(() => directory.laneOf('refunded', 'a')).toThrow(UnknownTopicError);
    expect(() => directory.laneOf('refunded', 'a')).toThrow(/outbox_add_topic/);
  });

  it('refuses a topic with a hole in its partitions', () => {
    expect(() => new LaneDirectory(lanesOf('placed', 1, 8).filter((lane) => lane.partition !== 5))).toThrow(
      /partition 5/,
    );
  });
});
