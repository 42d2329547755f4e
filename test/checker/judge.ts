import { malformedCloudEvents } from './cloud-event.ts';
import { alteredEvents, inventedEvents, lostEvents } from './delivery.ts';
import type { Facts } from './facts.ts';
import { disorderedKeys, misplacedEvents, misplacedRecords, versionGaps } from './order.ts';
import { overtakenParkedEvents, wronglyParkedEvents } from './parked.ts';
import { unconfirmedEvents, wrongReceipts } from './receipts.ts';
import { unwantedReplays } from './replays.ts';
import { wrongDeliveries } from './told-deliveries.ts';

/** A verdict names every case that breaks its promise; empty is what one wants to see. */
export type Verdict = (facts: Facts) => string[];

/** What must hold after any fault, once everything is published or parked. Duplicates are counted apart: a fault may cause some. */
export const verdicts = {
  lostEvents,
  inventedEvents,
  alteredEvents,
  disorderedKeys,
  versionGaps,
  misplacedEvents,
  misplacedRecords,
  unconfirmedEvents,
  wrongReceipts,
  wrongDeliveries,
  wronglyParkedEvents,
  overtakenParkedEvents,
  unwantedReplays,
} satisfies Record<string, Verdict>;

/** The same, and that each record is a well-formed Waybill CloudEvent: for events that the order API wrote. */
export const orderVerdicts = { ...verdicts, malformedCloudEvents } satisfies Record<string, Verdict>;

/** How many cases of one verdict are worth reading. */
const shown = 5;

/** One line per broken verdict with its count and first cases. @returns an empty list when every promise holds */
export function judge(facts: Facts, by: Readonly<Record<string, Verdict>> = verdicts): string[] {
  return Object.entries(by).flatMap(([name, verdict]) => {
    const cases = verdict(facts);
    return cases.length === 0 ? [] : [`${name}: ${cases.length}: ${cases.slice(0, shown).join('; ')}`];
  });
}
