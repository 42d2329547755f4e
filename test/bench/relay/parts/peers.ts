import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../../../../infra/local/repository-root.ts';
import { type BenchDatabase, checkpoint } from '../databases.ts';
import { freshName, type Ground, partitions, startProgram } from '../ground.ts';
import type { BenchOptions } from '../options.ts';
import { cpuSecondsWithChildren } from '../process-usage.ts';
import { type ReadBack, readBack } from '../read-back.ts';
import { createTopic, deleteTopic, type KafkaCluster } from '../servers.ts';
import { type BareAnswer, drainOnce, isBareAnswer, nothingBeside, rateOf, type RelaySpeed } from './drain.ts';

/** Others that publish a table's rows and that the public npm registry has. */
export const peerNames = ['pg-boss', 'graphile-worker'] as const;
export type PeerName = (typeof peerNames)[number];

/** Rows of one drain at most: the slowest of them needs half a minute for so many. */
const mostEvents = 200_000;

const folder = 'test/bench/relay/peers';

export interface PeerRun {
  readonly peer: PeerName;
  readonly eventsPerSecond: number;
  /** µs per event. */
  readonly clientCpu: number;
  readonly postgresCpu: number;
  readonly found: ReadBack;
}

export type PeerRound =
  | { readonly state: 'valid'; readonly relay: RelaySpeed; readonly peers: readonly PeerRun[] }
  | { readonly state: 'void'; readonly reason: string };

/** How many events a drain has when so many are asked for. */
export function peerEvents({ events }: Pick<BenchOptions, 'events'>): number {
  return Math.min(events, mostEvents);
}

/** The relay and each peer in turns, over the same events and the same patched kafkajs, on one broker. */
export async function peerRounds(
  ground: Ground,
  backlog: BenchDatabase,
  { rounds: count }: BenchOptions,
): Promise<PeerRound[]> {
  await installPeers(ground);
  const cluster = await ground.cluster(1);
  const rounds: PeerRound[] = [];
  for (let round = 1; round <= count; round += 1) {
    const relay = await drainOnce(ground, backlog, cluster, 'kafkajs', nothingBeside);
    if (relay.state === 'void') {
      rounds.push(relay);
      continue;
    }
    const peers: PeerRun[] = [];
    for (const peer of peerNames) {
      const run = await runPeer(ground, backlog, cluster, peer);
      peers.push(run);
      const { eventsPerSecond, found } = run;
      ground.progress(
        `peers ${round}/${count}: ${peer} ${eventsPerSecond.toFixed(0)} events/s, the relay ` +
          `${relay.speed.eventsPerSecond.toFixed(0)}; ${found.early} too early, ${found.repeated} repeated`,
      );
    }
    rounds.push({ state: 'valid', relay: relay.speed, peers });
  }
  return rounds;
}

async function runPeer(
  ground: Ground,
  backlog: BenchDatabase,
  cluster: KafkaCluster,
  peer: PeerName,
): Promise<PeerRun> {
  const topic = freshName();
  await createTopic(cluster, topic, partitions);
  await using database = await ground.cloneOf(backlog);
  const { rows } = await database.inside((client) =>
    client.query<{ count: string }>('select count(*) from outbox'),
  );
  const order = {
    url: database.urlFor('superuser'),
    brokers: cluster.brokers,
    topic,
    events: Number(rows[0]?.count),
  };
  const program = startProgram<BareAnswer>(`${folder}/${peer}.mjs`, order, isBareAnswer);
  await program.begun;
  await checkpoint(ground.postgres.url);
  const before = cpuSecondsWithChildren(ground.postgres.pid);
  program.finish(); // the next message is its start
  const answer = await program.result;
  const postgres = cpuSecondsWithChildren(ground.postgres.pid) - before;
  const found = await readBack(cluster.brokers, topic);
  await deleteTopic(cluster, topic);
  if (found.records < order.events || found.inOrder === 0) {
    const { records, inOrder } = found;
    throw new Error(`${peer}: of ${order.events} events Kafka has ${records}, ${inOrder} of them in order`);
  }
  return {
    peer,
    eventsPerSecond: rateOf(answer),
    clientCpu: (answer.cpuSeconds / answer.events) * 1e6,
    postgresCpu: (postgres / answer.events) * 1e6,
    found,
  };
}

/** Once per clone, exactly as the folder's lockfile says. */
async function installPeers({ progress }: Ground): Promise<void> {
  const cwd = path.join(repositoryRoot, folder);
  if (existsSync(path.join(cwd, 'node_modules/.package-lock.json'))) return;
  progress('installing the peers');
  await promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund'], { cwd });
}
