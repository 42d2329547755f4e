import type { ParkedEvent, Wish, WishOutcome } from '@waybill/outbox/operations';
import { counted } from '../display/amounts.ts';
import { keysAtMost } from './choose-events.ts';
import { eventsAsText } from './parked-as-text.ts';

/** What came of it, or would: nothing is done without `--yes`. */
export type WishResult = (
  | { readonly dryRun: true; readonly events: readonly ParkedEvent[] }
  | { readonly dryRun: false; readonly outcomes: readonly WishOutcome[] }
) & {
  readonly wish: Wish;
  /** More keys fit than one run takes. */
  readonly more: boolean;
};

/** What an event becomes when a wish is carried out. */
export const wished = { redrive: 'published', discard: 'discarded' } as const;
const otherwise = { redrive: 'discarded', discard: 'published' } as const;

export function wishAsText(result: WishResult): string {
  const { wish, more } = result;
  const text = result.dryRun ? dryRunAsText(wish, result.events) : outcomesAsText(wish, result.outcomes);
  return more ? `${text}That is ${keysAtMost} keys; more fit, which the next run takes.\n` : text;
}

function outcomesAsText(wish: Wish, outcomes: readonly WishOutcome[]): string {
  const of = (wanted: WishOutcome['state']): readonly WishOutcome[] =>
    outcomes.filter(({ state }) => state === wanted);
  const refused = of('refused again');
  const waiting = of('waiting');
  const others = of(otherwise[wish]);
  const gone = of('gone');
  return [
    `${counted(of(wished[wish]).length, 'event')} ${wished[wish]}.\n`,
    others.length === 0
      ? ''
      : `Not ${wished[wish]} but ${otherwise[wish]}: ${placesOf(others)}. It was under way, or another operator asked for it: outbox_audit tells.\n`,
    gone.length === 0 ? '' : `No longer parked, and nothing tells why: ${placesOf(gone)}.\n`,
    refused.length === 0
      ? ''
      : `Refused again: ${placesOf(refused)}. waybill parked show <lane> <seq> tells why.\n`,
    waiting.length === 0
      ? ''
      : `Not carried out yet: ${placesOf(waiting)}. Run the same again to follow; waybill doctor tells what holds it up.\n`,
  ].join('');
}

function dryRunAsText(wish: Wish, events: readonly ParkedEvent[]): string {
  if (events.length === 0) return 'Nothing that is parked fits.\n';
  return `Would ${wish} ${counted(events.length, 'event')}; --yes does it:\n${eventsAsText(events)}`;
}

function placesOf(outcomes: readonly WishOutcome[]): string {
  const places = outcomes.slice(0, 20).map(({ lane, seq }) => `lane ${lane} seq ${seq}`);
  return outcomes.length > places.length
    ? `${places.join(', ')} and ${outcomes.length - places.length} more`
    : places.join(', ');
}
