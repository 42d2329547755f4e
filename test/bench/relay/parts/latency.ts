import { setTimeout as delay } from 'node:timers/promises';
import type { Ground } from '../ground.ts';
import type { BenchOptions } from '../options.ts';
import { percentile } from '../statistics.ts';
import { type Stream, type StreamPlan, streamDuring } from '../steady-stream.ts';

/** The first part of a stream warms its relay and its writer up and does not count, in ms. */
const warmUpMs = 10_000;

/** How long a whole stream warms the servers up beforehand, in ms: whoever came first paid half a ms for a new broker. */
const serversWarmUpMs = 20_000;

/** In ms. */
type Latency =
  | { readonly state: 'valid'; readonly p50: number; readonly p99: number; readonly max: number }
  | { readonly state: 'void'; readonly reason: string };

/** One stream of one round. */
export type LatencyRound = Latency & Pick<StreamPlan, 'perSecond' | 'doorbell' | 'client'>;

export const streams: readonly Pick<StreamPlan, 'perSecond' | 'doorbell'>[] = [
  { perSecond: 200, doorbell: 'rung' },
  { perSecond: 500, doorbell: 'rung' },
  { perSecond: 200, doorbell: 'silent' },
];

const warmUp = { perSecond: 500, doorbell: 'rung', client: 'kafkajs' } as const;

/** From commit to acknowledgement on one broker. Each round has every stream with every client. */
export async function latencyRounds(
  ground: Ground,
  { clients, rounds, payloadBytes, latencySeconds }: BenchOptions,
): Promise<LatencyRound[]> {
  const cluster = await ground.cluster(1);
  const results: LatencyRound[] = [];
  await streamDuring(ground, cluster, { ...warmUp, payloadBytes }, () => delay(serversWarmUpMs));
  for (let round = 0; round < rounds; round += 1) {
    const inTurn = round % 2 === 0 ? clients : clients.toReversed();
    for (const { perSecond, doorbell } of streams) {
      for (const client of inTurn) {
        const plan: StreamPlan = { perSecond, doorbell, payloadBytes, client };
        const stream = await streamDuring(ground, cluster, plan, () =>
          delay(warmUpMs + latencySeconds * 1_000),
        );
        const result = { perSecond, doorbell, client, ...measured(stream) };
        results.push(result);
        ground.progress(`latency ${round + 1}: ${told(result)}`);
      }
    }
  }
  return results;
}

function measured(stream: Stream): Latency {
  if (stream.state === 'void') return stream;
  const from = Math.min(...stream.passages.map(({ committedAt }) => committedAt)) + warmUpMs;
  const took = stream.passages
    .filter(({ committedAt }) => committedAt >= from)
    .map(({ committedAt, acknowledgedAt }) => acknowledgedAt - committedAt);
  return { state: 'valid', p50: percentile(took, 0.5), p99: percentile(took, 0.99), max: Math.max(...took) };
}

function told(round: LatencyRound): string {
  const which = `${round.client} at ${round.perSecond} events/s, doorbell ${round.doorbell}`;
  return round.state === 'void'
    ? `${which}: void`
    : `${which}: p50 ${round.p50.toFixed(2)}, p99 ${round.p99.toFixed(2)} ms`;
}
