import { wait } from '@waybill/retry';
import type { Pool } from 'pg';
import {
  clearEarly,
  clearGates,
  clearLaggards,
  clearProgress,
  clearTotals,
  closeLetters,
  readRetired,
} from './clear-retired.sql.ts';
import { groupOf } from './group-of.ts';

export interface ClearingOptions {
  readonly pool: Pool;
  /** Of the first generation. */
  readonly group: string;
  readonly logger: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
  /** Between two passes, in ms. */
  readonly everyMs: number;
  /** Rows removed by one statement at most. */
  readonly batchSize: number;
}

/** Between two statements of a pass, in ms: what is consumed meanwhile comes first. */
const pauseMs = 20;

/**
 * Clears what retired generations have left, until `signal` aborts: their totals, gates, early events and what else was
 * kept for them, a batch a statement. Nobody reads any of it; another member may write a last batch until it has heard of the switch, and the
 * next pass finds that. Dead letters stay, because the audit names them, and no longer wait. Kafka forgets a group's
 * offsets by itself.
 */
export async function clearRetired(options: ClearingOptions, signal: AbortSignal): Promise<void> {
  const { pool, group, logger, everyMs } = options;
  for (;;) {
    await wait(everyMs, signal);
    if (signal.aborted) return;
    try {
      for (const generation of await readRetired(pool)) {
        const rows = await clearGeneration(options, generation, signal);
        if (rows > 0)
          logger.info(
            { generation, group: groupOf(group, generation), rows },
            'cleared a retired generation',
          );
      }
    } catch (error) {
      logger.warn({ err: error }, 'a retired generation could not be cleared; it is tried again');
    }
  }
}

/** @returns how many rows are gone or closed */
async function clearGeneration(
  { pool, group, batchSize }: ClearingOptions,
  generation: number,
  signal: AbortSignal,
): Promise<number> {
  const what = { generation, group: groupOf(group, generation), atMost: batchSize };
  let rows = 0;
  // Early events before their gates, which they refer to.
  for (const clear of [clearTotals, closeLetters, clearEarly, clearGates, clearLaggards, clearProgress]) {
    for (let left = batchSize; left === batchSize; ) {
      left = await clear(pool, what);
      rows += left;
      await wait(left === batchSize ? pauseMs : 0, signal);
      if (signal.aborted) return rows;
    }
  }
  return rows;
}
