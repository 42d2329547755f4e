import type { Consumer } from '@waybill/inbox';
import { wait } from '@waybill/retry';
import type { Pool } from 'pg';
import { clearRetired } from './clear-retired.ts';
import {
  type Generation,
  noteProgress,
  noteWaiting,
  readGenerations,
  readProgress,
  repeatDiscards,
} from './generations.sql.ts';
import { groupOf } from './group-of.ts';
import type { Laggard } from './laggards.sql.ts';
import { whatItWaitsFor } from './still-behind.ts';
import { switchGeneration } from './switch-generation.ts';
import { SwitchPace } from './switch-pace.ts';

/** What this needs of a logger; pino fits. */
interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface Counting {
  /** Of the generation that serves. */
  readonly serving: Consumer;
  readonly building: Consumer | undefined;
}

export interface GenerationsOptions {
  readonly pool: Pool;
  /** Of the first generation. */
  readonly group: string;
  readonly createConsumer: (generation: number) => Consumer;
  /** The consumers that are running, at each look. */
  readonly onCounting: (consumers: Counting) => void;
  readonly logger: Log;
  /** Between two looks, in ms. Default: 1,000. */
  readonly everyMs?: number;
  /** Keys of a rebuild that one statement compares with what serves. Default: 5,000. */
  readonly pageSize?: number;
  /** Uniform in [0, 1), spreads attempts to switch. Default: Math.random. */
  readonly random?: () => number;
  /** How retired generations are cleared. Default: once a minute, 1,000 rows a statement. */
  readonly clearing?: { readonly everyMs: number; readonly batchSize: number };
}

/** What the look before has found about the rebuild. */
interface Found {
  readonly laggards: readonly Laggard[] | undefined;
  readonly waitsFor: string | undefined;
}

/** Messages left per partition from which on what is behind is written down, which costs more. */
const closeEnough = 1_000;
const nothingSeen: Found = { laggards: undefined, waitsFor: undefined };

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
  const pace = new SwitchPace(options.random ?? Math.random);
  let found = nothingSeen;
  try {
    while (!signal.aborted) {
      try {
        const generations = await readGenerations(pool);
        await follow(options, running, generations);
        pace.about(generations.find(({ state }) => state === 'building'));
        found = await advance(options, running, { generations, before: found, pace }, signal);
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
    if (known === undefined) options.logger.info({ generation, state }, 'counting a generation');
  }
  // Before a consumer that is over has left its group, which may take seconds.
  const consumerOf = (wantedState: Generation['state']) => {
    const found = generations.find(({ state }) => state === wantedState);
    return found && running.get(found.generation)?.consumer;
  };
  const serving = consumerOf('active');
  if (serving !== undefined) options.onCounting({ serving, building: consumerOf('building') });
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

interface State {
  readonly generations: readonly Generation[];
  readonly before: Found;
  readonly pace: SwitchPace;
}

/** @returns what this look has found */
async function advance(
  { pool, group, logger, pageSize = 5_000 }: GenerationsOptions,
  running: ReadonlyMap<number, Running>,
  { generations, before, pace }: State,
  signal: AbortSignal,
): Promise<Found> {
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
  await noteProgress(pool, generation, status.lag);
  // Under load some are always left. How far the other members are is as they have last noted it; the gates know.
  const { messagesLeft, partitions } = await readProgress(pool, generation);
  if (!building.isCompared && messagesLeft > closeEnough * partitions) return nothingSeen;
  const mayStop = pace.mayStop(performance.now());
  const outcome = await switchGeneration(
    pool,
    group,
    { pair: { active: active.generation, building: generation }, before: before.laggards, pageSize, mayStop },
    signal,
  );
  if (outcome.state === 'switched') logger.info({ generation }, 'the rebuilt generation serves now');
  if (outcome.state === 'switched' || outcome.state === 'nothing to switch') return nothingSeen;
  if (outcome.attempt !== 'none') pace.failed(outcome.attempt, performance.now());
  const waitsFor = whatItWaitsFor(outcome.late, messagesLeft) ?? pace.complaint;
  await noteWaiting(pool, generation, waitsFor);
  if (waitsFor !== undefined && waitsFor !== before.waitsFor)
    logger.warn({ generation, waitsFor }, 'the rebuilt generation cannot serve yet');
  return { laggards: outcome.laggards, waitsFor };
}
