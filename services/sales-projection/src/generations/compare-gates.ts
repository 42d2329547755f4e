import { pgStorage } from '@waybill/inbox';
import { wait } from '@waybill/retry';
import type { Pool } from 'pg';
import { stopCounting } from './counted.sql.ts';
import type { Pair } from './generations.sql.ts';
import { groupOf } from './group-of.ts';
import {
  type Comparison,
  comparePage,
  countLaggards,
  lockComparison,
  noteCompared,
  noteComparing,
  type Rebuild,
  readComparison,
  settleLaggards,
} from './laggards.sql.ts';
import { inShortTransaction } from './short-lock.ts';

/** With this many laggards the rebuild has to come on first: more would only be written down to be removed. */
const manyLaggards = 10_000;
/** In one look, so that others are looked after as well: pages, and ms after which no other is begun. */
const pagesAtOnce = 10;
const lookMs = 2_000;
/** Between two pages, in ms: what is consumed meanwhile comes first. */
const pauseMs = 20;

/** @param group of the first generation */
export function rebuildOf(group: string, generation: number): Rebuild {
  return { generation, ours: groupOf(group, generation) };
}

export interface CompareOptions {
  readonly pair: Pair;
  /** Keys compared by one statement. */
  readonly pageSize: number;
  /** Whether it may be begun, for which what serves stops counting for a moment. */
  readonly mayBegin: boolean;
}

/**
 * Goes on with finding out of which keys the rebuild lacks something, some pages of gates at a time; how far it is
 * stands in the database, so that it goes on after a restart and members share it. From its beginning on whatever the
 * active generation counts is wanted too (see `noteCounted`), and batches from before have ended by then. So once it is
 * whole: a key of which the active generation has counted a version that the rebuild has not applied is a laggard.
 */
export async function compareGates(
  pool: Pool,
  group: string,
  { pair, pageSize, mayBegin }: CompareOptions,
  signal: AbortSignal,
): Promise<Comparison | undefined> {
  const rebuild = rebuildOf(group, pair.building);
  const state = await readComparison(pool, pair.building);
  if (state === 'not begun') return mayBegin ? await begin(pool, pair) : state;
  const until = performance.now() + lookMs;
  await settleAll(pool, rebuild, { size: pageSize, until }, signal);
  for (let pages = 0; state === 'under way' && pages < pagesAtOnce && !signal.aborted; pages += 1) {
    if (pages > 0 && performance.now() > until) return state;
    if ((await countLaggards(pool, pair.building, manyLaggards)) === manyLaggards) return state;
    if ((await compareNext(pool, rebuild, groupOf(group, pair.active), pageSize)) === 'no more') break;
    await wait(pauseMs, signal);
  }
  return await readComparison(pool, pair.building);
}

/** Batches that did not see the comparison coming have ended before it begins. */
async function begin(pool: Pool, { active, building }: Pair): Promise<Comparison> {
  const begun = await inShortTransaction(pool, async (tx) => {
    await stopCounting(tx, active);
    await noteComparing(tx, building);
    return true;
  });
  return begun === undefined ? 'not begun' : 'under way';
}

async function compareNext(
  pool: Pool,
  rebuild: Rebuild,
  theirs: string,
  pageSize: number,
): Promise<'more' | 'no more'> {
  const { generation } = rebuild;
  return await pgStorage(pool).transaction(async ({ tx }) => {
    const after = await lockComparison(tx, generation);
    if (after === undefined) return 'no more';
    const { keys, last } = await comparePage(tx, rebuild, theirs, { after, size: pageSize });
    const state = keys < pageSize ? 'whole' : 'under way';
    await noteCompared(tx, generation, { upTo: last ?? after, state });
    return state === 'whole' ? 'no more' : 'more';
  });
}

async function settleAll(
  pool: Pool,
  rebuild: Rebuild,
  { size, until }: { readonly size: number; readonly until: number },
  signal: AbortSignal,
): Promise<void> {
  for (let after = ''; !signal.aborted; ) {
    const { keys, last } = await settleLaggards(pool, rebuild, { after, size });
    if (last === null || keys < size || performance.now() > until) return;
    after = last;
    await wait(pauseMs, signal);
  }
}
