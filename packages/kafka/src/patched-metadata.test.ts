import { describe, expect, test } from 'vitest';
import { clusterWith, metadataResponse } from './kafkajs-internals.fixture.ts';

const leaderNotAvailable = 5;
const replicaNotAvailable = 9;
const unknownTopic = 3;

interface Partition {
  readonly id: number;
  readonly error: number;
  readonly leader: number;
}

interface Topic {
  readonly name: string;
  readonly error: number;
  readonly partitions: readonly Partition[];
}

const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const text = (value: string): Buffer => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
const list = <T>(items: readonly T[], encode: (item: T) => Buffer): Buffer =>
  Buffer.concat([int32(items.length), ...items.map(encode)]);

/** Metadata response v5 and v6 as the Kafka protocol guide lays it out, without kafkajs' encoder. */
function responseBytes(topics: readonly Topic[]): Buffer {
  const partition = ({ id, error, leader }: Partition): Buffer =>
    Buffer.concat([int16(error), int32(id), int32(leader), ...[[1], [1], []].map((ids) => list(ids, int32))]);
  return Buffer.concat([
    int32(0), // throttle_time_ms
    list([1, 2], (id) => Buffer.concat([int32(id), text('127.0.0.1'), int32(9092 + id), int16(-1)])),
    text('cluster'),
    int32(1), // controller_id
    list(topics, ({ name, error, partitions }) =>
      Buffer.concat([int16(error), text(name), Buffer.from([0]), list(partitions, partition)]),
    ),
  ]);
}

async function parse(version: number, topics: readonly Topic[]) {
  const response = metadataResponse(version);
  return response.parse(await response.decode(responseBytes(topics)));
}

const orders: Topic = {
  name: 'orders',
  error: 0,
  partitions: [
    { id: 0, error: leaderNotAvailable, leader: -1 },
    { id: 1, error: 0, leader: 2 },
    { id: 2, error: replicaNotAvailable, leader: 1 },
  ],
};

describe.each([5, 6])('the Metadata parser, version %i', (version) => {
  test('keeps healthy partitions and their leaders beside one that has none', async () => {
    const { topicMetadata } = await parse(version, [orders]);

    expect(
      topicMetadata[0]?.partitionMetadata.map(({ partitionId, leader }) => [partitionId, leader]),
    ).toEqual([
      [0, -1],
      [1, 2],
      [2, 1],
    ]);
  });

  test('takes away a leader that the broker names beside an error', async () => {
    const partitions = [{ id: 0, error: leaderNotAvailable, leader: 2 }];

    const { topicMetadata } = await parse(version, [{ ...orders, partitions }]);

    expect(topicMetadata[0]?.partitionMetadata[0]?.leader).toBe(-1);
  });

  test('still throws for a topic that does not exist', async () => {
    const missing = { name: 'nowhere', error: unknownTopic, partitions: [] };

    await expect(parse(version, [orders, missing])).rejects.toMatchObject({
      type: 'UNKNOWN_TOPIC_OR_PARTITION',
      code: unknownTopic,
      retriable: true,
    });
  });
});

describe('a cluster that knows a partition without a leader', () => {
  test('finds the leaders of the others', async () => {
    const cluster = clusterWith(await parse(6, [orders]));

    expect(cluster.findLeaderForPartitions('orders', [1, 2])).toEqual({ 1: [2], 2: [1] });
  });

  test('names LEADER_NOT_AVAILABLE, retriable, when asked for it, and never node −1', async () => {
    const cluster = clusterWith(await parse(6, [orders]));

    expect(() => cluster.findLeaderForPartitions('orders', [0, 1])).toThrow(
      expect.objectContaining({ type: 'LEADER_NOT_AVAILABLE', code: leaderNotAvailable, retriable: true }),
    );
  });
});
