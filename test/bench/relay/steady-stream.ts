import type { BenchDatabase } from './databases.ts';
import { freshName, type Ground, partitions, startProgram } from './ground.ts';
import type { ClientName } from './options.ts';
import { nthOf } from './paced-events.ts';
import type { WriterResult } from './paced-writer.process.ts';
import { readBack } from './read-back.ts';
import { countParked, isDrained, readAcknowledged } from './receipts.sql.ts';
import { createTopic, deleteTopic, type KafkaCluster } from './servers.ts';
import { until } from './until.ts';

/**
 * How a committed event gets to Kafka: by a relay whose doorbell is rung, as the product does it; by one that is left to
 * its polls; or sent by its writer, with no relay at all. That is the least that any relay could take, and loses what its
 * writer has not sent when it dies.
 */
export type Way = 'doorbell' | 'polling' | 'direct';

export interface StreamPlan {
  readonly perSecond: number;
  readonly payloadBytes: number;
  readonly way: Way;
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
 * A relay, or none, and a writer at a steady rate for as long as `during` takes; then everything is drained and read back
 * from Kafka. The commit's time is the writer's, after COMMIT was answered; the acknowledgement's is the receipt's, which
 * is the database's clock on the same machine, taken a statement's way later, or that of a writer which sends by itself.
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
  await using relay =
    plan.way === 'direct' ? undefined : await ground.startRelay(database, cluster, plan.client);
  const writer = startProgram(
    'test/bench/relay/paced-writer.process.ts',
    {
      url: database.urlFor('waybill_api'),
      redisUrl: plan.way === 'doorbell' ? ground.redis.url : null,
      kafka: plan.way === 'direct' ? { client: plan.client, brokers: cluster.brokers } : null,
      topic,
      partitions,
      firstLane: await firstLaneOf(database),
      perSecond: plan.perSecond,
      payloadBytes: plan.payloadBytes,
    },
    (message): message is WriterResult =>
      typeof message === 'object' && message !== null && 'committedAt' in message,
  );
  await writer.begun;
  await during();
  writer.finish();
  const { committedAt, acknowledgedAt } = await writer.result;
  const { parked, acknowledged } =
    plan.way === 'direct'
      ? { parked: 0, acknowledged: acknowledgedAt.map((at, nth) => ({ nth, at })) }
      : await drained(database);
  const found = await readBack(cluster.brokers, topic);
  await relay?.stop();
  await deleteTopic(cluster, topic);
  const events = committedAt.length;
  const { inOrder, early, repeated } = found;
  if (events === 0 || parked > 0 || inOrder !== events || early > 0 || acknowledged.length !== events) {
    return {
      state: 'void',
      reason: `of ${events} events ${inOrder} stand in order, ${early} too early, ${parked} parked`,
    };
  }
  return {
    state: 'valid',
    repeated,
    passages: acknowledged.map(({ nth, at }) => ({
      committedAt: committedAt[nth] ?? Number.NaN,
      acknowledgedAt: at,
    })),
  };
}

/** What the relay has made of the stream, once it is through. */
async function drained(database: BenchDatabase) {
  return await database.inside(async (client) => {
    await until('the stream is drained', () => isDrained(client), { everyMs: 200, limitMs: 60_000 });
    const parked = await countParked(client);
    const receipts = await readAcknowledged(client);
    return { parked, acknowledged: receipts.map((receipt) => ({ nth: nthOf(receipt), at: receipt.at })) };
  });
}

async function firstLaneOf(database: BenchDatabase): Promise<number> {
  return await database.inside(async (client) => {
    const { rows } = await client.query<{ lane: number }>('select min(lane) as lane from outbox_lane');
    return rows[0]?.lane ?? Number.NaN;
  });
}
