import { setTimeout as delay } from 'node:timers/promises';
import type { BenchDatabase } from '../databases.ts';
import { freshName, type Ground, partitions } from '../ground.ts';
import { inTurns } from '../in-turns.ts';
import type { BenchOptions, ClientName } from '../options.ts';
import { cpuSeconds, cpuSecondsWithChildren, peakResidentBytes } from '../process-usage.ts';
import { createTopic } from '../servers.ts';
import { drainOnce, nothingBeside } from './drain.ts';

/** Connections, plans and compiled code are there after so long, in ms. */
const settlingMs = 5_000;
/** How long a relay stands before a broker that is away, in ms. */
const awayMs = 15_000;

/** Shares of one core, in percent. */
export interface IdleRound {
  readonly client: ClientName;
  readonly relayPercent: number;
  readonly postgresPercent: number;
}

/** What a relay costs that has nothing to do. */
export async function idleRounds(ground: Ground, options: BenchOptions): Promise<IdleRound[]> {
  return await inTurns(options, async (client, round) => {
    const result = await idle(ground, options, client);
    ground.progress(
      `idle ${round}/${options.rounds} (${client}): relay ${result.relayPercent.toFixed(2)} %, PostgreSQL ${result.postgresPercent.toFixed(2)} % of a core`,
    );
    return [result];
  });
}

async function idle(ground: Ground, { idleSeconds }: BenchOptions, client: ClientName): Promise<IdleRound> {
  const cluster = await ground.cluster(1);
  const topic = freshName();
  await createTopic(cluster, topic, partitions);
  await using database = await ground.emptyDatabase(topic);
  await using relay = await ground.startRelay(database, cluster, client);
  await delay(settlingMs);
  const before = { relay: cpuSeconds(relay.pid), postgres: cpuSecondsWithChildren(ground.postgres.pid) };
  await delay(idleSeconds * 1_000);
  const share = (seconds: number): number => (seconds / idleSeconds) * 100;
  return {
    client,
    relayPercent: share(cpuSeconds(relay.pid) - before.relay),
    postgresPercent: share(cpuSecondsWithChildren(ground.postgres.pid) - before.postgres),
  };
}

/** The most that the relay's process ever had resident, in MB. */
export type MemoryRound = { readonly client: ClientName } & (
  | {
      readonly state: 'valid';
      readonly drainingMegabytes: number;
      readonly brokerAwayMegabytes: number;
    }
  | { readonly state: 'void'; readonly reason: string }
);

/** What a relay needs at most: while it drains, and while it stands before a broker that is away. */
export async function memoryRounds(
  ground: Ground,
  backlog: BenchDatabase,
  options: BenchOptions,
): Promise<MemoryRound[]> {
  return await inTurns(options, async (client, round) => {
    const result = await memory(ground, backlog, client);
    ground.progress(
      result.state === 'void'
        ? `memory ${round}/${options.rounds} (${client}): void, ${result.reason}`
        : `memory ${round}/${options.rounds} (${client}): ${result.drainingMegabytes.toFixed(0)} MB draining, ${result.brokerAwayMegabytes.toFixed(0)} MB while the broker is away`,
    );
    return [result];
  });
}

async function memory(ground: Ground, backlog: BenchDatabase, client: ClientName): Promise<MemoryRound> {
  const cluster = await ground.cluster(1);
  await using database = await ground.cloneOf(backlog);
  // A port that nobody listens on: a broker that is away.
  const away = { brokers: ['127.0.0.1:1'] };
  // A first start loads the compiler, which stays in memory, and leaves what it made to those after it.
  await (await ground.startRelay(database, away, client)).stop();
  const drain = await drainOnce(ground, backlog, cluster, client, nothingBeside);
  if (drain.state === 'void') return { client, state: 'void', reason: drain.reason };
  await using relay = await ground.startRelay(database, away, client);
  await delay(awayMs);
  return {
    client,
    state: 'valid',
    drainingMegabytes: drain.speed.peakMegabytes,
    brokerAwayMegabytes: peakResidentBytes(relay.pid) / 1_000_000,
  };
}
