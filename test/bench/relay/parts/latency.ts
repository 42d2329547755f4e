import { setTimeout as delay } from 'node:timers/promises';
import type { Ground } from '../ground.ts';
import type { BenchOptions, ClientName } from '../options.ts';
import { percentile } from '../statistics.ts';
import { type StreamPlan, streamDuring } from '../steady-stream.ts';

/** The first part of a stream warms its relay and its writer up and does not count, in ms. */
const warmUpMs = 10_000;

/** How long a whole stream warms the servers up beforehand, in ms: whoever came first paid half a ms for a new broker. */
const serversWarmUpMs = 20_000;

export type LatencyResult = Pick<StreamPlan, 'perSecond' | 'doorbell'> &
  (
    | { readonly state: 'valid'; readonly p50: number; readonly p99: number; readonly max: number }
    | { readonly state: 'void'; readonly reason: string }
  );

const streams: readonly Pick<StreamPlan, 'perSecond' | 'doorbell'>[] = [
  { perSecond: 200, doorbell: 'rung' },
  { perSecond: 500, doorbell: 'rung' },
  { perSecond: 200, doorbell: 'silent' },
  { perSecond: 500, doorbell: 'silent' },
];

/** From commit to acknowledgement, in ms, on one broker. */
export async function latencies(
  ground: Ground,
  { payloadBytes, latencySeconds }: BenchOptions,
  client: ClientName,
): Promise<LatencyResult[]> {
  const cluster = await ground.cluster(1);
  const results: LatencyResult[] = [];
  await streamDuring(ground, cluster, { perSecond: 500, doorbell: 'rung', payloadBytes, client }, () =>
    delay(serversWarmUpMs),
  );
  for (const { perSecond, doorbell } of streams) {
    const stream = await streamDuring(ground, cluster, { perSecond, doorbell, payloadBytes, client }, () =>
      delay(warmUpMs + latencySeconds * 1_000),
    );
    if (stream.state === 'void') {
      results.push({ perSecond, doorbell, state: 'void', reason: stream.reason });
      continue;
    }
    const from = Math.min(...stream.passages.map(({ committedAt }) => committedAt)) + warmUpMs;
    const took = stream.passages
      .filter(({ committedAt }) => committedAt >= from)
      .map(({ committedAt, acknowledgedAt }) => acknowledgedAt - committedAt);
    const result = { p50: percentile(took, 0.5), p99: percentile(took, 0.99), max: Math.max(...took) };
    results.push({ perSecond, doorbell, state: 'valid', ...result });
    ground.progress(
      `latency (${client}) at ${perSecond} events/s, doorbell ${doorbell}: p50 ${result.p50.toFixed(2)}, p99 ${result.p99.toFixed(2)} ms`,
    );
  }
  return results;
}
