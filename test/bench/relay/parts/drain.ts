import path from 'node:path';
import { appendEvents, createKeys, type Load, roundedEvents } from '../events.sql.ts';
import { type BenchDatabase, checkpoint } from '../databases.ts';
import { freshName, type Ground, partitions, runProgram } from '../ground.ts';
import { inTurns } from '../in-turns.ts';
import type { BenchOptions, ClientName } from '../options.ts';
import { cpuSeconds, cpuSecondsWithChildren, peakResidentBytes } from '../process-usage.ts';
import { countRecords, readBack } from '../read-back.ts';
import { type DrainReceipts, isDrained, readReceipts, setPaused } from '../receipts.sql.ts';
import { createTopic, deleteTopic, type KafkaCluster } from '../servers.ts';
import { until } from '../until.ts';

/** How fast one side of a round was. CPU in µs per event. */
export interface Speed {
  readonly eventsPerSecond: number;
  readonly clientCpu: number;
}

type Batches = DrainReceipts['batches'];

export interface RelaySpeed extends Speed {
  readonly postgresCpu: number;
  readonly peakMegabytes: number;
  readonly batches: Batches;
  readonly acknowledgements: DrainReceipts['acknowledgements'];
}

export type DrainRound = { readonly client: ClientName } & (
  | {
      readonly state: 'valid';
      readonly ratio: number;
      readonly relay: RelaySpeed;
      readonly bare: Speed;
      /** kafkajs without the project's patch, as anybody else's relay has it; null for the other client. */
      readonly released: Speed | null;
    }
  | { readonly state: 'void'; readonly reason: string }
);

/** A database with a backlog that nobody has touched. Rounds work on copies of it. */
export async function loadBacklog(
  ground: Ground,
  { events, payloadBytes, rowsPerTransaction }: Pick<Load, 'events' | 'payloadBytes' | 'rowsPerTransaction'>,
): Promise<BenchDatabase> {
  const topic = freshName();
  const load: Load = { topic, partitions, events, payloadBytes, rowsPerTransaction };
  const database = await ground.emptyDatabase(topic);
  const started = performance.now();
  await database.inside(async (client) => {
    await createKeys(client, load);
    await appendEvents(client, load);
  });
  await checkpoint(ground.postgres.url);
  const seconds = (performance.now() - started) / 1_000;
  ground.progress(`loaded ${roundedEvents(events)} rows in ${seconds.toFixed(1)} s`);
  return database;
}

/**
 * The relay and the bare client with the relay's own batches. In every other round the bare client goes first, with those
 * of the round before.
 */
export async function drainRounds(
  ground: Ground,
  backlog: BenchDatabase,
  options: BenchOptions,
  size: 1 | 3,
): Promise<DrainRound[]> {
  const cluster = await ground.cluster(size);
  const latest = new Map<ClientName, Batches>();
  return await inTurns<DrainRound>(options, async (client, round) => {
    const sendAsBatched = async (batches: Batches) => ({
      bare: await sendBare(ground, cluster, options, client, batches),
      released:
        client === 'kafkajs' ? await sendBare(ground, cluster, options, 'released kafkajs', batches) : null,
    });
    const known = round % 2 === 0 ? latest.get(client) : undefined;
    const sentFirst = known && (await sendAsBatched(known));
    const relay = await drainOnce(ground, backlog, cluster, client, nothingBeside);
    const which = `drain ${round}/${options.rounds} (${client}, ${size} brokers)`;
    if (relay.state === 'void') {
      ground.progress(`${which}: void, ${relay.reason}`);
      return [{ client, ...relay }];
    }
    latest.set(client, relay.speed.batches);
    const { bare, released } = sentFirst ?? (await sendAsBatched(relay.speed.batches));
    const ratio = relay.speed.eventsPerSecond / bare.eventsPerSecond;
    const at = `${relay.speed.eventsPerSecond.toFixed(0)} of ${bare.eventsPerSecond.toFixed(0)} events/s`;
    ground.progress(`${which}: ${ratio.toFixed(3)}, ${at}`);
    return [{ client, state: 'valid', ratio, relay: relay.speed, bare, released }];
  });
}

export type Drain =
  | { readonly state: 'valid'; readonly speed: RelaySpeed }
  | { readonly state: 'void'; readonly reason: string };

/** A relay at work, for whatever goes on beside it. */
export interface DrainUnderWay {
  readonly database: BenchDatabase;
  /** CPU time in seconds that the relay and PostgreSQL have used. */
  readonly cpu: () => { readonly relay: number; readonly postgres: number };
}

/** Nothing but the relay works on the database. */
export async function nothingBeside(): Promise<AsyncDisposable> {
  return { [Symbol.asyncDispose]: async () => undefined };
}

/**
 * The relay is there and warm before its lanes are let go; its speed is taken from its own receipts.
 *
 * @param beside begins what is to go on in the database during the drain
 */
export async function drainOnce(
  ground: Ground,
  backlog: BenchDatabase,
  cluster: KafkaCluster,
  client: ClientName,
  beside: (drain: DrainUnderWay) => Promise<AsyncDisposable>,
): Promise<Drain> {
  const topic = freshName();
  await createTopic(cluster, topic, partitions);
  await using database = await ground.cloneOf(backlog);
  await database.inside(async (admin) => {
    // The rows stay as they are: the relay sends to the topic of the lane.
    await admin.query({ text: 'update outbox_lane set topic = $1', values: [topic] });
    await setPaused(admin, 'paused');
  });
  await checkpoint(ground.postgres.url);
  await using relay = await ground.startRelay(database, cluster, client);
  const cpu = () => ({ relay: cpuSeconds(relay.pid), postgres: cpuSecondsWithChildren(ground.postgres.pid) });
  await using _other = await beside({ database, cpu });
  return await database.inside(async (admin): Promise<Drain> => {
    const { rows } = await admin.query<{ count: string }>('select count(*) from outbox');
    const events = Number(rows[0]?.count);
    const before = cpu();
    await setPaused(admin, 'running');
    await until('the outbox is drained', async () => await isDrained(admin), {
      everyMs: 100,
      limitMs: 600_000,
    });
    const after = cpu();
    const peakMegabytes = peakResidentBytes(relay.pid) / 1_000_000;
    const receipts = await readReceipts(admin);
    const found = await readBack(cluster.brokers, topic);
    await deleteTopic(cluster, topic);
    if (found.inOrder !== events || found.records !== events || receipts.events !== events) {
      const { records, inOrder, repeated, early } = found;
      return {
        state: 'void',
        reason: `of ${events} events ${inOrder} stand in order among ${records} records (${repeated} repeated, ${early} too early)`,
      };
    }
    return {
      state: 'valid',
      speed: {
        eventsPerSecond: rateOf(receipts),
        clientCpu: ((after.relay - before.relay) / events) * 1e6,
        postgresCpu: ((after.postgres - before.postgres) / events) * 1e6,
        peakMegabytes,
        batches: receipts.batches,
        acknowledgements: receipts.acknowledgements,
      },
    };
  });
}

/** Between the first acknowledgement and the last: what came before the first is the start of a process. */
export function rateOf({
  events,
  firstEvents,
  firstAckAt,
  lastAckAt,
}: Pick<DrainReceipts, 'events' | 'firstEvents' | 'firstAckAt' | 'lastAckAt'>): number {
  return ((events - firstEvents) / (lastAckAt - firstAckAt)) * 1_000;
}

/** What a program that sends says of it. Times in ms since 1970. */
export interface BareAnswer {
  readonly events: number;
  readonly firstAckAt: number;
  readonly lastAckAt: number;
  readonly firstEvents: number;
  readonly cpuSeconds: number;
}

export function isBareAnswer(message: unknown): message is BareAnswer {
  return typeof message === 'object' && message !== null && 'lastAckAt' in message;
}

async function sendBare(
  ground: Ground,
  cluster: KafkaCluster,
  { payloadBytes }: BenchOptions,
  client: ClientName | 'released kafkajs',
  batches: Batches,
): Promise<Speed> {
  const topic = freshName();
  await createTopic(cluster, topic, partitions);
  const answer = await runProgram(
    'packages/kafka/src/bare-client.bench.ts',
    {
      client,
      folder: path.join(ground.folder, topic),
      brokers: cluster.brokers,
      topic,
      batches,
      payloadBytes,
    },
    isBareAnswer,
  );
  const records = await countRecords(cluster.brokers, topic);
  if (records !== answer.events)
    throw new Error(`the bare client sent ${answer.events}, Kafka has ${records}`);
  await deleteTopic(cluster, topic);
  return { eventsPerSecond: rateOf(answer), clientCpu: (answer.cpuSeconds / answer.events) * 1e6 };
}
