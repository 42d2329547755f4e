import type { ParkedEvent, Wish, WishOutcome } from '@waybill/outbox/operations';
import { counted } from '../display/amounts.ts';
import { eventsAsText } from './parked-as-text.ts';

/** What came of it, or would: nothing is done without `--yes`. */
export type WishResult =
  | { readonly wish: Wish; readonly dryRun: true; readonly events: readonly ParkedEvent[] }
  | { readonly wish: Wish; readonly dryRun: false; readonly outcomes: readonly WishOutcome[] };

const done = { redrive: 'published', discard: 'discarded' } as const;

export function wishAsText(result: WishResult): string {
  if (result.dryRun) return dryRunAsText(result.wish, result.events);
  const { wish, outcomes } = result;
  const of = (wanted: WishOutcome['state']): readonly WishOutcome[] =>
    outcomes.filter(({ state }) => state === wanted);
  const refused = of('refused again');
  const waiting = of('waiting');
  return [
    `${counted(of('done').length, 'event')} ${done[wish]}.\n`,
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
