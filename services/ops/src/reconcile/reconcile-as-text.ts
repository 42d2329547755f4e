import type { Difference, Reconciled } from '@waybill/outbox/operations';
import { counted } from '../display/amounts.ts';
import { printable } from '../display/table.ts';

/** A topic that Kafka did not show, and its answer. */
export interface RefusedTopic {
  readonly topic: string;
  readonly code: string;
  readonly message: string;
}

export interface ReconciliationResult {
  readonly differences: readonly Difference[];
  readonly reconciled: Reconciled;
  /** Of these only orders and events were compared, or receipts up to where Kafka refused. */
  readonly refused: readonly RefusedTopic[];
  readonly state: 'complete' | 'ended early';
}

export function workAsText({ aggregates, events, records, repetitions }: Reconciled): string {
  const again = repetitions === 0 ? '' : `, ${repetitions} of them repetitions`;
  return `${counted(aggregates, 'order')}, ${counted(events, 'event')}, ${counted(records, 'record')}${again}`;
}

export function reconciliationAsText({
  differences,
  reconciled,
  refused,
  state,
}: ReconciliationResult): string {
  const lines = [
    ...differences.map(({ kind, what }) => `${kind}  ${printable(what)}\n`),
    ...refused.map(
      ({ topic, message }) =>
        `${topic} is not wholly compared with Kafka. ${printable(message.replace(/\.$/, ''))}.\n`,
    ),
  ];
  const early = state === 'complete' ? '' : ' Ended early: there may be more.';
  const verdict = differences.length === 0 ? 'No difference' : counted(differences.length, 'difference');
  return `${lines.join('')}${verdict} among ${workAsText(reconciled)}.${early}\n`;
}
