import { setTimeout as delay } from 'node:timers/promises';
import { askCluster } from '../../../../infra/local/kafka/probe.ts';
import type { Ground } from '../ground.ts';
import { inTurns } from '../in-turns.ts';
import type { BenchOptions, ClientName } from '../options.ts';
import type { KafkaCluster } from '../servers.ts';
import { streamDuring } from '../steady-stream.ts';
import { until } from '../until.ts';

const perSecond = 200;
/** Before the outage and after it, in ms. */
const calmMs = 5_000;

export const outageKinds = ['frozen', 'killed'] as const;

export type OutageRound = { readonly how: (typeof outageKinds)[number]; readonly client: ClientName } & (
  | {
      readonly state: 'valid';
      /** From the broker's return to the first acknowledgement, in ms. */
      readonly firstMs: number;
      /** From its return until everything is acknowledged that was committed before it. */
      readonly backlogMs: number;
      readonly backlog: number;
      readonly repeated: number;
    }
  | { readonly state: 'void'; readonly reason: string }
);

/** A broker that freezes, and one that is killed and started again. It is back when it answers its protocol. */
export async function outageRounds(ground: Ground, options: BenchOptions): Promise<OutageRound[]> {
  const cluster = await ground.cluster(1);
  const outageMs = options.outageSeconds * 1_000;
  const fail = {
    frozen: async () => {
      cluster.nodes[0]?.signal('SIGSTOP');
      await delay(outageMs);
      cluster.nodes[0]?.signal('SIGCONT');
    },
    killed: async () => {
      cluster.nodes[0]?.signal('SIGKILL');
      await delay(outageMs);
      await cluster.restartFirst();
    },
  };
  return await inTurns(options, async (client, round) => {
    const results: OutageRound[] = [];
    for (const how of outageKinds) {
      const result = await outage(ground, cluster, options, { how, client }, fail[how]);
      ground.progress(`outage ${round}/${options.rounds}: ${told(result)}`);
      results.push(result);
    }
    return results;
  });
}

async function outage(
  ground: Ground,
  cluster: KafkaCluster,
  { payloadBytes }: BenchOptions,
  which: Pick<OutageRound, 'how' | 'client'>,
  fail: () => Promise<void>,
): Promise<OutageRound> {
  let backAt = Number.NaN;
  const stream = await streamDuring(
    ground,
    cluster,
    { perSecond, payloadBytes, way: 'doorbell', client: which.client },
    async () => {
      await delay(calmMs);
      await fail();
      await until('the broker answers again', () => answers(cluster), { everyMs: 10, limitMs: 60_000 });
      backAt = performance.timeOrigin + performance.now();
      await delay(2 * calmMs);
    },
  );
  if (stream.state === 'void') return { ...which, state: 'void', reason: stream.reason };
  const waiting = stream.passages.filter(
    ({ committedAt, acknowledgedAt }) => committedAt < backAt && acknowledgedAt > backAt,
  );
  const acknowledged = waiting.map(({ acknowledgedAt }) => acknowledgedAt - backAt);
  return {
    ...which,
    state: 'valid',
    firstMs: Math.min(...acknowledged),
    backlogMs: Math.max(...acknowledged),
    backlog: waiting.length,
    repeated: stream.repeated,
  };
}

function told(round: OutageRound): string {
  const which = `${round.client}, ${round.how}`;
  if (round.state === 'void') return `${which}: void, ${round.reason}`;
  const { firstMs, backlog, backlogMs, repeated } = round;
  return `${which}: first event after ${firstMs.toFixed(0)} ms, all ${backlog} after ${backlogMs.toFixed(0)} ms, ${repeated} repeated`;
}

async function answers(cluster: KafkaCluster): Promise<boolean> {
  const [broker = ''] = cluster.brokers;
  try {
    return (await askCluster(broker, 500)).brokerIds.includes(1);
  } catch {
    return false; // nobody answers yet
  }
}
