import type { Laggard } from './laggards.sql.ts';

/** Those that have not yet applied what they lacked at the look before. */
export function stillBehind(before: readonly Laggard[], now: readonly Laggard[]): readonly Laggard[] {
  const lacked = new Map(before.map(({ key, wanted }) => [key, wanted]));
  return now.filter(({ key, version }) => version < (lacked.get(key) ?? 0));
}

/**
 * What a rebuild waits for that has read almost everything, and what to do about it; undefined when it is under way. Names
 * keys, and nothing of what their events hold.
 *
 * @param late keys that have been behind for longer than one look
 * @param messagesLeft while there are any, what a key lacks may be among them
 */
export function whatItWaitsFor(late: readonly Laggard[], messagesLeft: number): string | undefined {
  const standing = late.filter(({ stopReason }) => stopReason !== null);
  const lacking = messagesLeft > 0 ? [] : late.filter(({ stopReason }) => stopReason === null);
  const sentences = [
    ...sentenceOf(
      standing,
      'standing still that what serves has passed',
      'npx waybill dlq list',
      'redrive or discard',
    ),
    ...sentenceOf(
      lacking,
      'without an event that what serves has applied',
      'npx waybill reconcile',
      'replay it',
    ),
  ];
  return sentences.length === 0 ? undefined : sentences.join('; ');
}

function sentenceOf(
  [first, ...others]: readonly Laggard[],
  what: string,
  look: string,
  act: string,
): readonly string[] {
  if (first === undefined) return [];
  const keys = others.length === 0 ? 'a key' : `${others.length + 1} keys`;
  return [`${keys} ${what} (${first.key} after version ${first.version}): ${look}, then ${act}`];
}
