import { setTimeout as delay } from 'node:timers/promises';
import { askCluster } from '../../../../infra/local/kafka/probe.ts';
import type { Ground } from '../ground.ts';
import type { BenchOptions, ClientName } from '../options.ts';
import type { KafkaCluster } from '../servers.ts';
import { streamDuring } from '../steady-stream.ts';
import { until } from '../until.ts';

const perSecond = 200;
/** Before the outage and after it, in ms. */
const calmMs = 5_000;

export type OutageResult = { readonly how: 'frozen' | 'killed' } & (
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
export async function outages(
  ground: Ground,
  options: BenchOptions,
  client: ClientName,
): Promise<OutageResult[]> {
  const cluster = await ground.cluster(1);
  const outageMs = options.outageSeconds * 1_000;
  return [
    await outage(ground, cluster, options, client, 'frozen', async () => {
      cluster.nodes[0]?.signal('SIGSTOP');
      await delay(outageMs);
      cluster.nodes[0]?.signal('SIGCONT');
    }),
    await outage(ground, cluster, options, client, 'killed', async () => {
      cluster.nodes[0]?.signal('SIGKILL');
      await delay(outageMs);
      await cluster.restartFirst();
    }),
  ];
}

async function outage(
  ground: Ground,
  cluster: KafkaCluster,
  { payloadBytes }: BenchOptions,
  client: ClientName,
  how: OutageResult['how'],
  fail: () => Promise<void>,
): Promise<OutageResult> {
  let backAt = Number.NaN;
  const stream = await streamDuring(
    ground,
    cluster,
    { perSecond, payloadBytes, doorbell: 'rung', client },
    async () => {
      await delay(calmMs);
      await fail();
      await until('the broker answers again', () => answers(cluster), { everyMs: 10, limitMs: 60_000 });
      backAt = performance.timeOrigin + performance.now();
      await delay(2 * calmMs);
    },
  );
  if (stream.state === 'void') return { how, state: 'void', reason: stream.reason };
  const waiting = stream.passages.filter(
    ({ committedAt, acknowledgedAt }) => committedAt < backAt && acknowledgedAt > backAt,
  );
  const acknowledged = waiting.map(({ acknowledgedAt }) => acknowledgedAt - backAt);
  const result = {
    firstMs: Math.min(...acknowledged),
    backlogMs: Math.max(...acknowledged),
    backlog: waiting.length,
    repeated: stream.repeated,
  };
  ground.progress(
    `outage, ${how} (${client}): first event after ${result.firstMs.toFixed(0)} ms, all ${result.backlog} after ${result.backlogMs.toFixed(0)} ms, ${result.repeated} repeated`,
  );
  return { how, state: 'valid', ...result };
}

async function answers(cluster: KafkaCluster): Promise<boolean> {
  const [broker = ''] = cluster.brokers;
  try {
    return (await askCluster(broker, 500)).brokerIds.includes(1);
  } catch {
    return false; // nobody answers yet
  }
}
