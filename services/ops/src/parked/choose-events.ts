import {
  findParked,
  findParkedHeads,
  type ParkedEvent,
  type Queryable,
  readParkedKey,
  type Wish,
} from '@waybill/outbox/operations';
import { OperatorError } from '../operator-error.ts';
import { type FilterFlags, filterFrom } from './filter.ts';
import { notParked } from './places.ts';

/** Which parked events an operator means. */
export type Choice =
  | { readonly kind: 'one'; readonly lane: number; readonly seq: bigint; readonly followers: Followers }
  | { readonly kind: 'some'; readonly flags: FilterFlags; readonly followers: Followers };

/** Whether those that wait behind an event are meant with it. */
export type Followers = 'left alone' | 'too';

export interface Chosen {
  /** By key in order. */
  readonly events: readonly ParkedEvent[];
  /** More keys fit than one run takes. */
  readonly more: boolean;
}

/** Keys in one run: more are left to the next, which begins where this one ended. */
export const keysAtMost = 10_000;

/**
 * The first parked event of each key that is meant: only that one can be sent, and what waits behind it follows.
 *
 * @throws OperatorError NOT_FOUND, or when one is meant that waits behind another
 */
export async function chooseEvents(database: Queryable, wish: Wish, choice: Choice): Promise<Chosen> {
  if (choice.kind === 'one') return { events: await chooseOne(database, wish, choice), more: false };
  const found = await findParkedHeads(database, filterFrom(choice.flags), keysAtMost + 1);
  const heads = found.slice(0, keysAtMost);
  const more = found.length > heads.length;
  if (choice.followers === 'left alone') return { events: heads, more };
  const keys: ParkedEvent[] = [];
  for (const { lane, key } of heads) keys.push(...(await readParkedKey(database, lane, key)));
  return { events: keys, more };
}

async function chooseOne(
  database: Queryable,
  wish: Wish,
  { lane, seq, followers }: Extract<Choice, { kind: 'one' }>,
): Promise<readonly ParkedEvent[]> {
  const event = await findParked(database, lane, seq);
  if (event === undefined) throw notParked(lane, Number(seq));
  const ofKey = await readParkedKey(database, lane, event.key);
  const [head] = ofKey;
  if (wish === 'redrive' && head !== undefined && head.seq !== seq) {
    throw new OperatorError(
      `Seq ${seq} waits behind seq ${head.seq} of the same key: redrive that one, and this one follows.`,
    );
  }
  return followers === 'too' ? ofKey.filter((other) => other.seq >= seq) : [event];
}
