import type { Consumer } from '@waybill/inbox';
import { wait } from '@waybill/retry';
import type { Pool } from 'pg';
import { type Generation, noteProgress, readGenerations } from './generations.sql.ts';
import { switchGeneration } from './switch-generation.ts';

/** What this needs of a logger; pino fits. */
interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface GenerationsOptions {
  readonly pool: Pool;
  /** Of the first generation. */
  readonly group: string;
  readonly createConsumer: (generation: number) => Consumer;
  /** The consumer of the generation that serves, each time that it is another one. */
  readonly onActive: (consumer: Consumer) => void;
  readonly logger: Log;
  /** Between two looks, in ms. Default: 1,000. */
  readonly everyMs?: number;
}

interface Running {
  readonly consumer: Consumer;
  stop(): Promise<void>;
}

/**
 * Counts every generation that is to be counted, until `signal` aborts: starts a consumer for each, and switches to the
 * one that is being built when it has caught up. What is to be counted stands in the database, how far each is in
 * Kafka, so a rebuild goes on after any restart, and several processes share it.
 */
export async function runGenerations(options: GenerationsOptions, signal: AbortSignal): Promise<void> {
  const { pool, logger, everyMs = 1_000 } = options;
  const running = new Map<number, Running>();
  try {
    while (!signal.aborted) {
      try {
        const generations = await readGenerations(pool);
        await follow(options, running, generations);
        await advance(options, running, generations);
      } catch (error) {
        logger.warn({ err: error }, 'generations could not be looked after; what is counted goes on');
      }
      await wait(everyMs, signal);
    }
  } finally {
    await Promise.all([...running.values()].map((one) => one.stop()));
  }
}

async function follow(
  options: GenerationsOptions,
  running: Map<number, Running>,
  generations: readonly Generation[],
): Promise<void> {
  for (const { generation, state } of generations) {
    const known = running.get(generation);
    const one = known ?? start(options.createConsumer(generation));
    running.set(generation, one);
    if (state === 'active') options.onActive(one.consumer);
    if (known === undefined) options.logger.info({ generation, state }, 'counting a generation');
  }
  const wanted = new Set(generations.map(({ generation }) => generation));
  for (const [generation, one] of running) {
    if (wanted.has(generation)) continue;
    running.delete(generation);
    await one.stop();
    options.logger.info({ generation }, 'a generation is retired');
  }
}

function start(consumer: Consumer): Running {
  const over = new AbortController();
  const ended = consumer.run(over.signal);
  return {
    consumer,
    async stop() {
      over.abort();
      await ended;
    },
  };
}

async function advance(
  { pool, group, logger }: GenerationsOptions,
  running: ReadonlyMap<number, Running>,
  generations: readonly Generation[],
): Promise<void> {
  const building = generations.find(({ state }) => state === 'building');
  const status = building && running.get(building.generation)?.consumer.status();
  if (building === undefined || status === undefined || status.lag.length === 0) return;
  const messagesLeft = status.lag.reduce((sum, { lag }) => sum + lag, 0);
  await noteProgress(pool, building.generation, messagesLeft);
  // The partitions of other members are not in it; the gates, which are asked next, know of all.
  if (messagesLeft > 0) return;
  if (await switchGeneration(pool, group)) logger.info({ ...building }, 'the rebuilt generation serves now');
}
