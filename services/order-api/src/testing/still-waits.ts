import { setTimeout as sleep } from 'node:timers/promises';

/** In ms. One that does not wait is done in a few. */
const LONG_ENOUGH = 250;

/** Whether what was begun has not ended a while later. Never wrongly false: a slow machine only makes it wait longer. */
export async function stillWaits(begun: Promise<unknown>): Promise<boolean> {
  return await Promise.race([begun.then(() => false), sleep(LONG_ENOUGH, true)]);
}
