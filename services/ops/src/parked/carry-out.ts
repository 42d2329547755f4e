import {
  type Mandate,
  type ParkedEvent,
  type Queryable,
  readDatabaseTime,
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
 * @param events each key's in one piece
 * @returns an outcome for each event; `waiting` for those that were not reached
 */
export async function carryOut(
  database: Queryable,
  wish: Wish,
  events: readonly ParkedEvent[],
  { mandate, perSecond, signal, progress }: CarryingOut,
): Promise<readonly WishOutcome[]> {
  const since = await readDatabaseTime(database);
  let asked = 0;
  for (const portion of portionsOf(events, perSecond)) {
    if (signal.aborted) break;
    for (const [lane, own] of Map.groupBy(portion, (event) => event.lane)) {
      await wishFor(
        database,
        lane,
        own.map(({ seq }) => seq),
        wish,
        mandate,
      );
    }
    asked += portion.length;
    await progress.show(`asked for ${asked} of ${events.length}`);
    if (asked < events.length) await wait((portion.length * 1_000) / perSecond, signal);
  }
  // Nobody refused what nobody was asked for, although it has no wish either.
  const notReached = events.slice(asked).map(({ lane, seq }) => ({ lane, seq, state: 'waiting' }) as const);
  const look = async () => [
    ...(await readWishOutcomes(database, events.slice(0, asked), since)),
    ...notReached,
  ];
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

/**
 * A key's events are wished in one statement, however many there are: as soon as the first is gone those behind it go
 * out, as events where nobody has wished otherwise.
 *
 * @returns portions of at most `perSecond` events, or of one key's
 */
export function portionsOf(
  events: readonly ParkedEvent[],
  perSecond: number,
): readonly (readonly ParkedEvent[])[] {
  const portions: ParkedEvent[][] = [];
  let last: ParkedEvent[] | undefined;
  for (const ofKey of Map.groupBy(events, ({ lane, key }) => `${lane}:${key}`).values()) {
    if (last === undefined || last.length + ofKey.length > perSecond) portions.push((last = []));
    last.push(...ofKey);
  }
  return portions;
}

function countsOf(outcomes: readonly WishOutcome[]): string {
  const count = (...wanted: readonly WishOutcome['state'][]): number =>
    outcomes.filter(({ state }) => wanted.includes(state)).length;
  return `${count('published', 'discarded', 'gone')} done · ${count('refused again')} refused again · ${count('waiting')} waiting`;
}
