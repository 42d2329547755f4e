import type { BenchDatabase } from './databases.ts';
import { freshName, type Ground, partitions, startProgram } from './ground.ts';
import type { ClientName } from './options.ts';
import { nthOf } from './paced-events.ts';
import { readBack } from './read-back.ts';
import { countParked, isDrained, readAcknowledged } from './receipts.sql.ts';
import { createTopic, deleteTopic, type KafkaCluster } from './servers.ts';
import { until } from './until.ts';

export interface StreamPlan {
  readonly perSecond: number;
  readonly payloadBytes: number;
  /** As the product does after a commit, or not at all. */
  readonly doorbell: 'rung' | 'silent';
  readonly client: ClientName;
}

/** One event's way. Both in ms since 1970. */
export interface Passage {
  readonly committedAt: number;
  readonly acknowledgedAt: number;
}

export type Stream =
  | { readonly state: 'valid'; readonly passages: readonly Passage[]; readonly repeated: number }
  | { readonly state: 'void'; readonly reason: string };

/**
 * A relay, and a writer at a steady rate for as long as `during` takes; then everything is drained and read back from
 * Kafka. The commit's time is the writer's, after COMMIT was answered; the acknowledgement's is the receipt's, which
 * is the database's clock on the same machine, taken a statement's way later.
 */
export async function streamDuring(
  ground: Ground,
  cluster: KafkaCluster,
  plan: StreamPlan,
  during: () => Promise<void>,
): Promise<Stream> {
  const topic = freshName();
  await createTopic(cluster, topic, partitions);
  await using database = await ground.emptyDatabase(topic);
  await using relay = await ground.startRelay(database, cluster, plan.client);
  const writer = startProgram(
    'test/bench/relay/paced-writer.process.ts',
    {
      url: database.urlFor('waybill_api'),
      redisUrl: plan.doorbell === 'rung' ? ground.redis.url : null,
      topic,
      partitions,
      firstLane: await firstLaneOf(database),
      perSecond: plan.perSecond,
      payloadBytes: plan.payloadBytes,
    },
    (message): message is { committedAt: number[] } =>
      typeof message === 'object' && message !== null && 'committedAt' in message,
  );
  await writer.begun;
  await during();
  writer.finish();
  const { committedAt } = await writer.result;
  return await database.inside(async (client): Promise<Stream> => {
    await until('the stream is drained', () => isDrained(client), { everyMs: 200, limitMs: 60_000 });
    const parked = await countParked(client);
    const acknowledged = await readAcknowledged(client);
    const found = await readBack(cluster.brokers, topic);
    await relay.stop();
    await deleteTopic(cluster, topic);
    const events = committedAt.length;
    if (
      events === 0 ||
      parked > 0 ||
      found.inOrder !== events ||
      found.early > 0 ||
      acknowledged.length !== events
    ) {
      const { inOrder, early } = found;
      return {
        state: 'void',
        reason: `of ${events} events ${inOrder} stand in order, ${early} too early, ${parked} parked`,
      };
    }
    return {
      state: 'valid',
      repeated: found.repeated,
      passages: acknowledged.map(({ key, version, at }) => ({
        committedAt: committedAt[nthOf({ key, version })] ?? Number.NaN,
        acknowledgedAt: at,
      })),
    };
  });
}

async function firstLaneOf(database: BenchDatabase): Promise<number> {
  return await database.inside(async (client) => {
    const { rows } = await client.query<{ lane: number }>('select min(lane) as lane from outbox_lane');
    return rows[0]?.lane ?? Number.NaN;
  });
}
