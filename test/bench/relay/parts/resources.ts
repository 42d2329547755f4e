import { setTimeout as delay } from 'node:timers/promises';
import type { BenchDatabase } from '../databases.ts';
import { freshName, type Ground, partitions } from '../ground.ts';
import type { BenchOptions, ClientName } from '../options.ts';
import { cpuSeconds, cpuSecondsWithChildren, peakResidentBytes } from '../process-usage.ts';
import { createTopic } from '../servers.ts';
import { drainOnce, nothingBeside } from './drain.ts';

/** Connections, plans and compiled code are there after so long, in ms. */
const settlingMs = 5_000;
/** How long a relay stands before a broker that is away, in ms. */
const awayMs = 15_000;

/** Shares of one core, in percent. */
export interface IdleResult {
  readonly relayPercent: number;
  readonly postgresPercent: number;
}

/** What a relay costs that has nothing to do. */
export async function idle(
  ground: Ground,
  { idleSeconds }: BenchOptions,
  client: ClientName,
): Promise<IdleResult> {
  const cluster = await ground.cluster(1);
  const topic = freshName();
  await createTopic(cluster, topic, partitions);
  await using database = await ground.emptyDatabase(topic);
  await using relay = await ground.startRelay(database, cluster, client);
  await delay(settlingMs);
  const before = { relay: cpuSeconds(relay.pid), postgres: cpuSecondsWithChildren(ground.postgres.pid) };
  await delay(idleSeconds * 1_000);
  const share = (seconds: number): number => (seconds / idleSeconds) * 100;
  const result = {
    relayPercent: share(cpuSeconds(relay.pid) - before.relay),
    postgresPercent: share(cpuSecondsWithChildren(ground.postgres.pid) - before.postgres),
  };
  ground.progress(
    `idle (${client}): relay ${result.relayPercent.toFixed(2)} %, PostgreSQL ${result.postgresPercent.toFixed(2)} % of a core`,
  );
  return result;
}

/** The most that the relay's process ever had resident, in MB. */
export interface MemoryResult {
  readonly drainingMegabytes: number;
  readonly brokerAwayMegabytes: number;
}

/** @throws Error when the drain is void */
export async function memory(
  ground: Ground,
  backlog: BenchDatabase,
  client: ClientName,
): Promise<MemoryResult> {
  const cluster = await ground.cluster(1);
  await using database = await ground.cloneOf(backlog);
  // A port that nobody listens on: a broker that is away.
  const away = { brokers: ['127.0.0.1:1'] };
  // A first start loads the compiler, which stays in memory, and leaves what it made to those after it.
  await (await ground.startRelay(database, away, client)).stop();
  const drain = await drainOnce(ground, backlog, cluster, client, nothingBeside);
  if (drain.state === 'void') throw new Error(drain.reason);
  await using relay = await ground.startRelay(database, away, client);
  await delay(awayMs);
  const result = {
    drainingMegabytes: drain.speed.peakMegabytes,
    brokerAwayMegabytes: peakResidentBytes(relay.pid) / 1_000_000,
  };
  ground.progress(
    `memory (${client}): ${result.drainingMegabytes.toFixed(0)} MB draining, ${result.brokerAwayMegabytes.toFixed(0)} MB while the broker is away`,
  );
  return result;
}
