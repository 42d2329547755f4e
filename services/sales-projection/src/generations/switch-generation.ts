import { pgStorage } from '@waybill/inbox';
import type { Pool } from 'pg';
import {
  activateGeneration,
  type Laggard,
  lockGenerations,
  readLaggards,
  retireGeneration,
} from './generations.sql.ts';
import { groupOf } from './group-of.ts';
import { stillBehind } from './still-behind.ts';

/** Keys looked at in one go. */
const atMost = 1_000;

export type SwitchOutcome =
  | { readonly state: 'switched' }
  | { readonly state: 'nothing to switch' }
  /** `late` were behind at the look before already; the others are being applied right now, for all that is known. */
  | {
      readonly state: 'behind';
      readonly laggards: readonly Laggard[];
      readonly late: readonly Laggard[];
    };

/**
 * Lets the generation that is being built serve, once it has applied everything that the active one had at the look
 * before, in one transaction: a reader sees the totals of one or of the other. Under load some event is always under
 * way, so what has come since does not count: the generation is behind by less than the time between two looks.
 *
 * @param group of the first generation
 * @param before the laggards of the look before; undefined at the first
 */
export async function switchGeneration(
  pool: Pool,
  group: string,
  before: readonly Laggard[] | undefined,
): Promise<SwitchOutcome> {
  return await pgStorage(pool).transaction(async ({ tx }) => {
    const generations = await lockGenerations(tx);
    const active = generations.find(({ state }) => state === 'active');
    const building = generations.find(({ state }) => state === 'building');
    if (active === undefined || building === undefined) return { state: 'nothing to switch' };
    const [ours, theirs] = [groupOf(group, building.generation), groupOf(group, active.generation)];
    const laggards = await readLaggards(tx, { group: ours, other: theirs, atMost });
    const late = before === undefined ? [] : stillBehind(before, laggards);
    const hasSeenAll = before !== undefined && before.length < atMost && laggards.length < atMost;
    if (laggards.length > 0 && (late.length > 0 || !hasSeenAll)) return { state: 'behind', laggards, late };
    await retireGeneration(tx, active.generation);
    await activateGeneration(tx, building.generation);
    return { state: 'switched' };
  });
}
