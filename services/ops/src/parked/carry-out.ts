import {
  type Mandate,
  type ParkedEvent,
  type Queryable,
  readWishOutcomes,
  type Wish,
  wishFor,
  type WishOutcome,
} from '@waybill/outbox/operations';
import { wait } from '@waybill/retry';
import type { Progress } from '../display/progress.ts';

export interface CarryingOut {
  readonly mandate: Mandate;
  /** Events per second at most. */
  readonly perSecond: number;
  /** Ends the following; what was asked for until then stays asked for. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

const lookEveryMs = 250;

/**
 * Leaves the wishes, portion by portion, and follows them until the lanes' owners have carried them out.
 *
 * @returns an outcome for each event; `waiting` for those that were not reached
 */
export async function carryOut(
  database: Queryable,
  wish: Wish,
  events: readonly ParkedEvent[],
  { mandate, perSecond, signal, progress }: CarryingOut,
): Promise<readonly WishOutcome[]> {
  let asked = 0;
  for (let from = 0; from < events.length && !signal.aborted; from += perSecond) {
    if (from > 0) await wait(1_000, signal);
    if (signal.aborted) break;
    const portion = events.slice(from, from + perSecond);
    for (const [lane, own] of Map.groupBy(portion, (event) => event.lane)) {
      await wishFor(
        database,
        lane,
        own.map(({ seq }) => seq),
        wish,
        mandate,
      );
    }
    asked = Math.min(from + perSecond, events.length);
    await progress.show(`asked for ${asked} of ${events.length}`);
  }
  // Nobody refused what nobody was asked for, although it has no wish either.
  const notReached = events.slice(asked).map(({ lane, seq }) => ({ lane, seq, state: 'waiting' }) as const);
  const look = async () => [...(await readWishOutcomes(database, events.slice(0, asked))), ...notReached];
  let outcomes = await look();
  while (outcomes.some(({ state }) => state === 'waiting') && !signal.aborted) {
    await progress.show(countsOf(outcomes));
    await wait(lookEveryMs, signal);
    outcomes = await look();
  }
  await progress.show(countsOf(outcomes));
  await progress.end();
  return outcomes;
}

function countsOf(outcomes: readonly WishOutcome[]): string {
  const count = (wanted: WishOutcome['state']): number =>
    outcomes.filter(({ state }) => state === wanted).length;
  return `${count('done')} done · ${count('refused again')} refused again · ${count('waiting')} waiting`;
}
