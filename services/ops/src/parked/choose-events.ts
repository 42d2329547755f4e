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
  | { readonly kind: 'one'; readonly lane: number; readonly seq: bigint }
  | { readonly kind: 'some'; readonly flags: FilterFlags; readonly followers: 'left alone' | 'too' };

/** Keys in one run: more are left to the next, which begins where this one ended. */
const keysAtMost = 10_000;

/**
 * The first parked event of each key that is meant: only that one can be sent, and what waits behind it follows.
 *
 * @returns by key in order
 * @throws OperatorError NOT_FOUND, or when one is meant that waits behind another
 */
export async function chooseEvents(
  database: Queryable,
  wish: Wish,
  choice: Choice,
): Promise<readonly ParkedEvent[]> {
  if (choice.kind === 'one') return [await chooseOne(database, wish, choice.lane, choice.seq)];
  const heads = await findParkedHeads(database, filterFrom(choice.flags), keysAtMost);
  if (choice.followers === 'left alone') return heads;
  const keys: ParkedEvent[] = [];
  for (const { lane, key } of heads) keys.push(...(await readParkedKey(database, lane, key)));
  return keys;
}

async function chooseOne(database: Queryable, wish: Wish, lane: number, seq: bigint): Promise<ParkedEvent> {
  const event = await findParked(database, lane, seq);
  if (event === undefined) throw notParked(lane, Number(seq));
  const [head] = await readParkedKey(database, lane, event.key);
  if (wish === 'redrive' && head !== undefined && head.seq !== seq) {
    throw new OperatorError(
      `Seq ${seq} waits behind seq ${head.seq} of the same key: redrive that one, and this one follows.`,
    );
  }
  return event;
}
