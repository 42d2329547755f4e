import path from 'node:path';
import type { LocalServer, Progress } from '../../../infra/local/index.ts';
import { serviceStarter } from '../../servers/service-process.ts';
import { type BenchDatabase, checkpoint, cloneDatabase, migratedTemplate } from '../relay/databases.ts';
import type { Machine } from '../relay/machine.ts';
import { startBenchPostgres, startBenchRedis } from '../relay/servers.ts';
import { median } from '../relay/statistics.ts';
import { type ApiStarter, apiStarter, type RunningApi } from './api.ts';
import { fillCatalogue, fillOrders, orderId, productIds, userIds } from './catalogue.ts';
import type { BenchOptions, PartName } from './options.ts';
import type { LoadOrder } from './load.ts';
import { findPgbench, pgbenchOf } from './pgbench.ts';
import type { Figure, Results } from './results.ts';
import { loadOn, type Run } from './runs.ts';

interface Ground {
  readonly folder: string;
  readonly postgres: LocalServer;
  readonly starter: ApiStarter;
  readonly options: BenchOptions;
  readonly progress: Progress;
  readonly voided: string[];
}

/** Everything that the options ask for, one part after the other. */
export async function measure(
  folder: string,
  machine: Machine,
  options: BenchOptions,
  progress: Progress,
): Promise<Results> {
  await using postgres = await startBenchPostgres(folder, progress);
  await using redis = await startBenchRedis(folder, progress);
  const starter = await apiStarter(folder, serviceStarter(folder), redis.url);
  const ground: Ground = { folder, postgres, starter, options, progress, voided: [] };
  const figures: Figure[] = [];
  const parts: Readonly<Record<PartName, (ground: Ground) => Promise<readonly Figure[]>>> = {
    throughput,
    hot,
    size,
  };
  for (const part of options.parts) figures.push(...(await parts[part](ground)));
  return { machine, figures, voided: ground.voided };
}

async function catalogueDatabase({ postgres }: Ground, name: string): Promise<BenchDatabase> {
  const database = await cloneDatabase(postgres.url, migratedTemplate, name);
  await fillCatalogue(database);
  return database;
}

/** Warm code and connections, and nobody else's dirty pages. Cold, a read costs twice as much. */
async function warm(
  ground: Ground,
  api: RunningApi,
  methods: readonly LoadOrder['method'][] = [{ kind: 'place' }],
): Promise<void> {
  for (const method of methods) {
    await loadOn(api, ground.postgres, { seconds: 2, connections: ground.options.connections, method });
  }
  await checkpoint(ground.postgres.url);
}

async function throughput(ground: Ground): Promise<readonly Figure[]> {
  const { postgres, options, progress, voided } = ground;
  await using stack = new AsyncDisposableStack();
  const [forA, forB, forC] = [
    stack.use(await catalogueDatabase(ground, 'api_a')),
    stack.use(await catalogueDatabase(ground, 'api_b')),
    stack.use(await catalogueDatabase(ground, 'api_c')),
  ];
  const binary = findPgbench();
  const serverLog = path.join(ground.folder, 'postgres', 'postgresql.log');
  const pgbench = binary && (await pgbenchOf(binary, ground.folder, serverLog, forA, ground.starter));
  if (!pgbench) voided.push('throughput: there is no pgbench on this machine');
  const b = await ground.starter.start(forB, 'one by one');
  stack.defer(() => b.server.stop());
  const c = await ground.starter.start(forC, 'grouped');
  stack.defer(() => c.server.stop());
  await warm(ground, b);
  await warm(ground, c);

  const rounds: { readonly a: number; readonly b: Run; readonly c: Run; readonly lone: readonly Run[] }[] =
    [];
  for (let round = 1; round <= options.rounds; round += 1) {
    const load = { seconds: options.seconds, connections: options.connections };
    const a = pgbench ? await pgbench.run(forA, options.seconds) : Number.NaN;
    const runB = await loadOn(b, postgres, load);
    const runC = await loadOn(c, postgres, load);
    const lone = [
      await loadOn(b, postgres, { ...load, connections: 1, seconds: 2 }),
      await loadOn(c, postgres, { ...load, connections: 1, seconds: 2 }),
    ];
    for (const { failures } of [runB, runC])
      if (failures) voided.push(`throughput, round ${round}: ${failures}`);
    progress(
      `round ${round}: a ${a.toFixed(0)}/s, b ${runB.perSecond.toFixed(0)}/s, c ${runC.perSecond.toFixed(0)}/s`,
    );
    rounds.push({ a, b: runB, c: runC, lone });
  }
  const of = (value: (round: (typeof rounds)[number]) => number) => median(rounds.map(value));
  const figure = (
    what: string,
    value: number,
    unit: string,
    goal: Figure['goal'],
    details: string,
  ): Figure => ({
    part: 'throughput',
    what,
    value,
    unit,
    goal,
    details,
  });
  return [
    figure(
      'c ÷ b: orders per second against one unit of work per order',
      of((round) => round.c.perSecond / round.b.perSecond),
      '×',
      { atLeast: 4 },
      `c ${of((round) => round.c.perSecond).toFixed(0)}/s, b ${of((round) => round.b.perSecond).toFixed(0)}/s`,
    ),
    figure(
      'c ÷ a: against pgbench with the statements of b',
      of((round) => round.c.perSecond / round.a),
      '×',
      { atLeast: 1.5 },
      `a ${of(({ a }) => a).toFixed(0)}/s`,
    ),
    figure(
      'p99 of c ÷ p99 of b',
      of((round) => round.c.p99Ms / round.b.p99Ms),
      '×',
      { atMost: 1 },
      `c ${of((round) => round.c.p99Ms).toFixed(0)} ms, b ${of((round) => round.b.p99Ms).toFixed(0)} ms`,
    ),
    figure(
      'a lone order: p50 of c ÷ p50 of b',
      of(({ lone }) => (lone[1]?.p50Ms ?? Number.NaN) / (lone[0]?.p50Ms ?? Number.NaN)),
      '×',
      { atMost: 1.1 },
      `c ${of(({ lone }) => lone[1]?.p50Ms ?? Number.NaN).toFixed(1)} ms`,
    ),
    figure(
      'CPU per order of c, in the API',
      of((round) => round.c.apiMs),
      ' ms',
      null,
      `PostgreSQL ${of((round) => round.c.postgresMs).toFixed(2)} ms, load generator ${of((round) => round.c.loadMs).toFixed(2)} ms; b: ${of((round) => round.b.apiMs).toFixed(2)} ms and ${of((round) => round.b.postgresMs).toFixed(2)} ms`,
    ),
  ];
}

/** Every order for the same two products: their rows are written by one transaction at a time. */
async function hot(ground: Ground): Promise<readonly Figure[]> {
  const { postgres, options, progress } = ground;
  await using database = await catalogueDatabase(ground, 'api_hot');
  const api = await ground.starter.start(database, 'grouped');
  await warm(ground, api);
  const ratios: number[] = [];
  const speeds: number[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    const load = { seconds: options.seconds, connections: options.connections };
    const spread = await loadOn(api, postgres, load);
    const two = await loadOn(api, postgres, { ...load, products: productIds.slice(0, 2) });
    progress(`hot, round ${round}: ${two.perSecond.toFixed(0)}/s, spread ${spread.perSecond.toFixed(0)}/s`);
    ratios.push(two.perSecond / spread.perSecond);
    speeds.push(two.perSecond);
  }
  await api.server.stop();
  return [
    {
      part: 'hot',
      what: 'every order for the same two products ÷ spread over 1,000',
      value: median(ratios),
      unit: '×',
      goal: null,
      details: `${median(speeds).toFixed(0)}/s`,
    },
  ];
}

/** The same load on tables of different sizes, in turn. */
async function size(ground: Ground): Promise<readonly Figure[]> {
  const { postgres, options, progress } = ground;
  await using stack = new AsyncDisposableStack();
  const methods = {
    place: () => ({ kind: 'place' }) as const,
    list: () =>
      ({ kind: 'get', paths: userIds.map((id) => `/v1/users/${id}/orders?status=placed&limit=1`) }) as const,
    read: (orders: number) => {
      const paths = Array.from(
        { length: 1_000 },
        (_, n) => `/v1/orders/${orderId(1 + Math.floor((n * orders) / 1_000))}`,
      );
      return { kind: 'get', paths } as const;
    },
  };
  const apis: { readonly orders: number; readonly api: RunningApi }[] = [];
  for (const orders of options.sizes) {
    progress(`filling a database with ${orders} orders`);
    const database = stack.use(await catalogueDatabase(ground, `api_${orders}`));
    await fillOrders(database, orders);
    const api = await ground.starter.start(database, 'grouped');
    stack.defer(() => api.server.stop());
    await warm(
      ground,
      api,
      Object.values(methods).map((methodFor) => methodFor(orders)),
    );
    apis.push({ orders, api });
  }
  const figures: Figure[] = [];
  for (const [name, methodFor] of Object.entries(methods)) {
    const speeds = new Map<number, number[]>(options.sizes.map((orders) => [orders, []]));
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const { orders, api } of apis) {
        const load = {
          seconds: options.seconds,
          connections: options.connections,
          method: methodFor(orders),
        };
        const run = await loadOn(api, postgres, load);
        if (run.failures) ground.voided.push(`size, ${name} at ${orders}: ${run.failures}`);
        speeds.get(orders)?.push(run.perSecond);
      }
    }
    const medians = [...speeds].map(([orders, all]) => ({ orders, perSecond: median(all) }));
    const details = medians.map(({ orders, perSecond }) => `${orders}: ${perSecond.toFixed(0)}/s`).join(', ');
    progress(`size, ${name}: ${details}`);
    figures.push({
      part: 'size',
      what: `${name}: slowest size ÷ smallest size`,
      value: Math.min(...medians.map(({ perSecond }) => perSecond)) / (medians[0]?.perSecond ?? Number.NaN),
      unit: '×',
      goal: { atLeast: 0.9 },
      details,
    });
  }
  return figures;
}
