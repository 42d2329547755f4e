import type { LocalServer } from '../../../infra/local/index.ts';
import { cpuSeconds, cpuSecondsWithChildren } from '../relay/process-usage.ts';
import { percentile } from '../relay/statistics.ts';
import type { RunningApi } from './api.ts';
import { productIds, userIds } from './catalogue.ts';
import { type LoadOrder, runLoad } from './load.ts';

/** What one run of the load against the API came to. */
export interface Run {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time per answer, in ms. */
  readonly apiMs: number;
  readonly postgresMs: number;
  readonly loadMs: number;
  /** Answers that were no success, by status. */
  readonly failures: string;
}

export type LoadWishes = Partial<Pick<LoadOrder, 'products' | 'method' | 'connections' | 'keepIds'>> & {
  readonly seconds: number;
};

let loads = 0;

export async function loadOn(api: RunningApi, postgres: LocalServer, wishes: LoadWishes): Promise<Run> {
  loads += 1;
  const before = [cpuSeconds(api.server.pid), cpuSecondsWithChildren(postgres.pid)] as const;
  const result = await runLoad({
    url: api.url,
    token: api.token,
    connections: 64,
    ordersPerSecond: null,
    users: userIds,
    products: productIds,
    method: { kind: 'place' },
    name: `bench-${process.pid}-${loads}`,
    keepIds: false,
    ...wishes,
  });
  const answers = result.latenciesMs.length;
  const perAnswer = (seconds: number) => (seconds * 1_000) / answers;
  return {
    perSecond: answers / result.seconds,
    p50Ms: percentile(result.latenciesMs, 0.5),
    p99Ms: percentile(result.latenciesMs, 0.99),
    apiMs: perAnswer(cpuSeconds(api.server.pid) - before[0]),
    postgresMs: perAnswer(cpuSecondsWithChildren(postgres.pid) - before[1]),
    loadMs: perAnswer(result.cpuSeconds),
    failures: Object.entries(result.statuses)
      .filter(([status]) => !status.startsWith('2'))
      .map(([status, count]) => `${count} × ${status}`)
      .join(', '),
  };
}
