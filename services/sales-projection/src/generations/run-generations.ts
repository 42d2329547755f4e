import type { Consumer } from '@waybill/inbox';
import { wait } from '@waybill/retry';
import type { Pool } from 'pg';
import { clearRetired } from './clear-retired.ts';
import {
  type Generation,
  noteProgress,
  noteWaiting,
  readGenerations,
  repeatDiscards,
} from './generations.sql.ts';
import { groupOf } from './group-of.ts';
import type { Laggard } from './laggards.sql.ts';
import { whatItWaitsFor } from './still-behind.ts';
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
  /** Keys of a rebuild that one statement compares with what serves. Default: 5,000. */
  readonly pageSize?: number;
  /** How retired generations are cleared. Default: once a minute, 1,000 rows a statement. */
  readonly clearing?: { readonly everyMs: number; readonly batchSize: number };
}

/** What the look before has found about the rebuild. */
interface Rebuild {
  readonly laggards: readonly Laggard[] | undefined;
  readonly waitsFor: string | undefined;
}

/** Messages left from which on the gates are asked, which costs more. */
const closeEnough = 1_000;
const nothingSeen: Rebuild = { laggards: undefined, waitsFor: undefined };

interface Running {
  readonly consumer: Consumer;
  stop(): Promise<void>;
}

/**
 * Counts every generation that is to be counted, until `signal` aborts: starts a consumer for each, and switches to the
 * one that is being built when it has caught up, or says what it waits for. What is to be counted stands in the database, how far each is in
 * Kafka, so a rebuild goes on after any restart, and several processes share it.
 */
export async function runGenerations(options: GenerationsOptions, signal: AbortSignal): Promise<void> {
  const { pool, group, logger, everyMs = 1_000 } = options;
  const { clearing = { everyMs: 60_000, batchSize: 1_000 } } = options;
  const running = new Map<number, Running>();
  const cleared = clearRetired({ pool, group, logger, ...clearing }, signal);
  let rebuild = nothingSeen;
  try {
    while (!signal.aborted) {
      try {
        const generations = await readGenerations(pool);
        await follow(options, running, generations);
        rebuild = await advance(options, running, { generations, before: rebuild }, signal);
      } catch (error) {
        logger.warn({ err: error }, 'generations could not be looked after; what is counted goes on');
      }
      await wait(everyMs, signal);
    }
  } finally {
    await Promise.all([cleared, ...[...running.values()].map((one) => one.stop())]);
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

/** @returns what this look has found */
async function advance(
  { pool, group, logger, pageSize = 5_000 }: GenerationsOptions,
  running: ReadonlyMap<number, Running>,
  { generations, before }: { readonly generations: readonly Generation[]; readonly before: Rebuild },
  signal: AbortSignal,
): Promise<Rebuild> {
  const active = generations.find(({ state }) => state === 'active');
  const building = generations.find(({ state }) => state === 'building');
  const status = building && running.get(building.generation)?.consumer.status();
  if (active === undefined || building === undefined || status === undefined) return nothingSeen;
  const { generation } = building;
  const ours = groupOf(group, generation);
  const actor = `consumer ${ours}`;
  const repeated = await repeatDiscards(pool, {
    group: ours,
    other: groupOf(group, active.generation),
    actor,
  });
  if (repeated > 0)
    logger.info({ generation, letters: repeated }, 'discards as in the generation that serves');
  if (status.lag.length === 0) return nothingSeen;
  const messagesLeft = status.lag.reduce((sum, { lag }) => sum + lag, 0);
  await noteProgress(pool, generation, messagesLeft);
  // Under load some are always left. The partitions of other members are not in it; the gates know of all.
  if (messagesLeft > closeEnough) return nothingSeen;
  const outcome = await switchGeneration(
    pool,
    group,
    { pair: { active: active.generation, building: generation }, before: before.laggards, pageSize },
    signal,
  );
  if (outcome.state === 'switched') logger.info({ generation }, 'the rebuilt generation serves now');
  if (outcome.state === 'switched' || outcome.state === 'nothing to switch') return nothingSeen;
  const waitsFor = whatItWaitsFor(outcome.late, messagesLeft);
  await noteWaiting(pool, generation, waitsFor);
  if (waitsFor !== undefined && waitsFor !== before.waitsFor)
    logger.warn({ generation, waitsFor }, 'the rebuilt generation cannot serve yet');
  return { laggards: outcome.laggards, waitsFor };
}
