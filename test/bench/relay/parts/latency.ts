import { setTimeout as delay } from 'node:timers/promises';
import type { Ground } from '../ground.ts';
import { inTurn } from '../in-turns.ts';
import type { BenchOptions } from '../options.ts';
import { percentile } from '../statistics.ts';
import { type Stream, type StreamPlan, streamDuring } from '../steady-stream.ts';

/** The first part of a stream warms its relay and its writer up and does not count: at most so many ms. */
const longestWarmUpMs = 10_000;

/** In ms. */
type Latency =
  | { readonly state: 'valid'; readonly p50: number; readonly p99: number; readonly max: number }
  | { readonly state: 'void'; readonly reason: string };

/** One stream of one round. */
export type LatencyRound = Latency & Pick<StreamPlan, 'perSecond' | 'way' | 'client'>;

export const streams: readonly Pick<StreamPlan, 'perSecond' | 'way'>[] = [
  { perSecond: 200, way: 'doorbell' },
  { perSecond: 200, way: 'direct' },
  { perSecond: 500, way: 'doorbell' },
  { perSecond: 200, way: 'polling' },
];

/** A stream that warms the servers up, twice as long as another's warm-up: a new broker cost whoever came first 0.5 ms. */
const forServers = { perSecond: 500, way: 'doorbell', client: 'kafkajs' } as const;

/** From commit to acknowledgement on one broker. Each round has every stream with every client. */
export async function latencyRounds(
  ground: Ground,
  { clients, rounds, payloadBytes, latencySeconds }: BenchOptions,
): Promise<LatencyRound[]> {
  const cluster = await ground.cluster(1);
  const results: LatencyRound[] = [];
  const countedMs = latencySeconds * 1_000;
  const warmUpMs = Math.min(countedMs, longestWarmUpMs);
  await streamDuring(ground, cluster, { ...forServers, payloadBytes }, () => delay(2 * warmUpMs));
  for (let round = 1; round <= rounds; round += 1) {
    for (const { perSecond, way } of streams) {
      for (const client of inTurn(clients, round)) {
        const plan: StreamPlan = { perSecond, way, payloadBytes, client };
        const stream = await streamDuring(ground, cluster, plan, () => delay(warmUpMs + countedMs));
        const which = `${client} at ${perSecond} events/s, ${way}`;
        const measured = latencyOf(stream, warmUpMs, which);
        results.push({ perSecond, way, client, ...measured });
        ground.progress(`latency ${round}/${rounds}: ${told(measured, which)}`);
      }
    }
  }
  return results;
}

function latencyOf(stream: Stream, warmUpMs: number, which: string): Latency {
  if (stream.state === 'void') return { state: 'void', reason: `${which}: ${stream.reason}` };
  const from = Math.min(...stream.passages.map(({ committedAt }) => committedAt)) + warmUpMs;
  const took = stream.passages
    .filter(({ committedAt }) => committedAt >= from)
    .map(({ committedAt, acknowledgedAt }) => acknowledgedAt - committedAt);
  return { state: 'valid', p50: percentile(took, 0.5), p99: percentile(took, 0.99), max: Math.max(...took) };
}

function told(latency: Latency, which: string): string {
  return latency.state === 'void'
    ? `void, ${latency.reason}`
    : `${which}: p50 ${latency.p50.toFixed(2)}, p99 ${latency.p99.toFixed(2)} ms`;
}
