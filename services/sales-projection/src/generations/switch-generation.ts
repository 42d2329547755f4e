import { wait } from '@waybill/retry';
import type { ClientBase, Pool } from 'pg';
import { compareGates, rebuildOf } from './compare-gates.ts';
import { stopCounting } from './counted.sql.ts';
import { activateGeneration, lockGenerations, type Pair, retireGeneration } from './generations.sql.ts';
import { countLaggards, type Laggard, type Rebuild, readLaggards, settleLaggards } from './laggards.sql.ts';
import { inShortTransaction } from './short-lock.ts';
import { stillBehind } from './still-behind.ts';

/** Laggards from which on a switch is not tried. */
const atMost = 1_000;
/** For how long the rebuild may catch up while what serves counts nothing, in ms. */
const catchUpMs = 300;
/** Between two looks at that, in ms. */
const catchUpEveryMs = 10;

/**
 * What has come of stopping what serves for a moment: nothing was tried, its batches did not end in time, or the rebuild
 * did not catch up meanwhile.
 */
export type Attempt = 'none' | 'no moment' | 'did not catch up';

export type SwitchOutcome =
  | { readonly state: 'switched' }
  | { readonly state: 'nothing to switch' }
  /** `late` were behind at the look before already; the others are being applied right now, for all that is known. */
  | {
      /** `comparing`: there may be more behind. */
      readonly state: 'comparing' | 'behind';
      readonly laggards: readonly Laggard[];
      readonly late: readonly Laggard[];
      readonly attempt: Attempt;
    };

export interface Look {
  readonly pair: Pair;
  /** The laggards of the look before; undefined at the first. */
  readonly before: readonly Laggard[] | undefined;
  /** Keys compared by one statement. */
  readonly pageSize: number;
  /** Whether what serves may be stopped from counting for a moment. */
  readonly mayStop: boolean;
}

/**
 * Lets the generation that is being built serve, in one transaction: a reader sees the totals of one or of the other.
 *
 * What holds: at that moment the new one has applied, for every key, at least what the other has counted. Nobody sees
 * a total go back for want of an event. Three things make it so. All gates are compared once, outside any lock. From
 * before that on, what the active generation counts is wanted of the other. And at the switch the active one counts
 * nothing, for a part of a second, in which the other catches up with the little that is under way; when it does not,
 * a later look tries again. A marker of a discarded event moves a gate and counts nothing, so nobody waits for it.
 *
 * @param group of the first generation
 */
export async function switchGeneration(
  pool: Pool,
  group: string,
  { pair, before, pageSize, mayStop }: Look,
  signal: AbortSignal,
): Promise<SwitchOutcome> {
  const comparison = await compareGates(pool, group, { pair, pageSize, mayBegin: mayStop }, signal);
  if (comparison === undefined) return { state: 'nothing to switch' };
  if (comparison === 'not begun')
    return { state: 'comparing', laggards: [], late: [], attempt: mayStop ? 'no moment' : 'none' };
  const rebuild = rebuildOf(group, pair.building);
  const laggards = await readLaggards(pool, rebuild, atMost);
  const late = before === undefined ? [] : stillBehind(before, laggards);
  if (comparison === 'under way') return { state: 'comparing', laggards, late, attempt: 'none' };
  const behind = { state: 'behind', laggards, late, attempt: 'none' } as const;
  // What is late will not come within a moment, and to wait for it would hold up what serves, again and again.
  const hasSeenAll = laggards.length < atMost;
  const isClose = hasSeenAll && late.length === 0 && (before !== undefined || laggards.length === 0);
  if (!isClose || !mayStop) return behind;
  const outcome = await inShortTransaction(pool, (tx) => switchNow(tx, pair, rebuild, signal));
  if (outcome === undefined) return { ...behind, attempt: 'no moment' };
  return outcome === 'did not catch up' ? { ...behind, attempt: outcome } : outcome;
}

async function switchNow(
  tx: ClientBase,
  pair: Pair,
  rebuild: Rebuild,
  signal: AbortSignal,
): Promise<SwitchOutcome | 'did not catch up'> {
  await stopCounting(tx, pair.active);
  const now = await lockGenerations(tx);
  const isPair = now.every(({ state, generation }) => pair[state] === generation);
  if (now.length !== 2 || !isPair) return { state: 'nothing to switch' };
  if (!(await catchesUp(tx, rebuild, signal))) return 'did not catch up';
  await retireGeneration(tx, pair.active);
  await activateGeneration(tx, pair.building);
  return { state: 'switched' };
}

async function catchesUp(tx: ClientBase, rebuild: Rebuild, signal: AbortSignal): Promise<boolean> {
  for (const since = performance.now(); !signal.aborted; ) {
    await settleLaggards(tx, rebuild, { after: '', size: 10 * atMost });
    if ((await countLaggards(tx, rebuild.generation, 1)) === 0) return true;
    if (performance.now() - since > catchUpMs) return false;
    await wait(catchUpEveryMs, signal);
  }
  return false;
}
