import { pgStorage } from '@waybill/inbox';
import type { Pool } from 'pg';
import { groupOf } from './group-of.ts';
import {
  activateGeneration,
  forgetTotals,
  hasCaughtUp,
  lockGenerations,
  retireGeneration,
} from './generations.sql.ts';

/**
 * Lets the generation that is being built serve, once it has applied everything that the active one has, in one
 * transaction: a reader sees the totals of one or of the other.
 *
 * @param group of the first generation
 * @returns whether it was switched, by this call
 */
export async function switchGeneration(pool: Pool, group: string): Promise<boolean> {
  return await pgStorage(pool).transaction(async ({ tx }) => {
    const generations = await lockGenerations(tx);
    const active = generations.find(({ state }) => state === 'active');
    const building = generations.find(({ state }) => state === 'building');
    if (active === undefined || building === undefined) return false;
    const [ours, theirs] = [groupOf(group, building.generation), groupOf(group, active.generation)];
    if (!(await hasCaughtUp(tx, ours, theirs))) return false;
    await retireGeneration(tx, active.generation);
    await activateGeneration(tx, building.generation);
    await forgetTotals(tx, active.generation);
    return true;
  });
}
