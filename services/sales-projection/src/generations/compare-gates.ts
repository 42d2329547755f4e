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
  forgetLaggards,
  type Groups,
  lockComparison,
  noteCompared,
  noteComparing,
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

export function groupsOf(group: string, { active, building }: Pair): Groups {
  return { ours: groupOf(group, building), theirs: groupOf(group, active) };
}

/**
 * Goes on with finding out of which keys the rebuild lacks something, some pages of gates at a time; how far it is
 * stands in the database, so that it goes on after a restart and members share it. From its beginning on whatever the
 * active generation counts is wanted too (see `noteCounted`), and batches from before have ended by then. So once it is
 * whole: a key of which the active generation has counted a version that the rebuild has not applied is a laggard.
 *
 * @param pageSize keys compared by one statement
 */
export async function compareGates(
  pool: Pool,
  group: string,
  { pair, pageSize }: { readonly pair: Pair; readonly pageSize: number },
  signal: AbortSignal,
): Promise<Comparison | undefined> {
  const groups = groupsOf(group, pair);
  const state = await readComparison(pool, pair.building);
  if (state === 'not begun') return await begin(pool, pair);
  const since = performance.now();
  await settleAll(pool, { ours: groups.ours, generation: pair.building }, pageSize, signal);
  for (let pages = 0; state === 'under way' && pages < pagesAtOnce && !signal.aborted; pages += 1) {
    if (pages > 0 && performance.now() - since > lookMs) return state;
    if ((await countLaggards(pool, manyLaggards)) === manyLaggards) return state;
    if ((await compareNext(pool, groups, { generation: pair.building, pageSize })) === 'no more') break;
    await wait(pauseMs, signal);
  }
  return await readComparison(pool, pair.building);
}

/** Batches that did not see the comparison coming have ended before it begins. */
async function begin(pool: Pool, { active, building }: Pair): Promise<Comparison> {
  const begun = await inShortTransaction(pool, async (tx) => {
    await stopCounting(tx, active);
    if ((await noteComparing(tx, building)) > 0) await forgetLaggards(tx);
    return true;
  });
  return begun === undefined ? 'not begun' : 'under way';
}

async function compareNext(
  pool: Pool,
  groups: Groups,
  { generation, pageSize }: { readonly generation: number; readonly pageSize: number },
): Promise<'more' | 'no more'> {
  return await pgStorage(pool).transaction(async ({ tx }) => {
    const after = await lockComparison(tx, generation);
    if (after === undefined) return 'no more';
    const { keys, last } = await comparePage(tx, groups, { after, size: pageSize });
    const state = keys < pageSize ? 'whole' : 'under way';
    await noteCompared(tx, generation, { upTo: last ?? after, state });
    return state === 'whole' ? 'no more' : 'more';
  });
}

async function settleAll(
  pool: Pool,
  rebuild: { readonly ours: string; readonly generation: number },
  size: number,
  signal: AbortSignal,
): Promise<void> {
  for (let after = ''; !signal.aborted; ) {
    const { keys, last } = await settleLaggards(pool, rebuild, { after, size });
    if (last === null || keys < size) return;
    after = last;
    await wait(pauseMs, signal);
  }
}
