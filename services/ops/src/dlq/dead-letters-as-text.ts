import { counted, orDash } from '../display/amounts.ts';
import { type Column, printable, table } from '../display/table.ts';
import type { AuditEntry, DeadLetter, LetterContent } from './dead-letters.sql.ts';

const columns: readonly Column<DeadLetter>[] = [
  { title: 'id', align: 'right', text: ({ id }) => String(id) },
  { title: 'group', text: ({ group }) => group },
  { title: 'topic', text: ({ topic }) => topic },
  { title: 'place', text: ({ partition, offset }) => `${partition}/${offset}` },
  { title: 'key', text: ({ key }) => orDash(key) },
  { title: 'version', align: 'right', text: ({ version }) => orDash(version, String) },
  { title: 'because', text: ({ reason }) => reason },
  { title: 'attempts', align: 'right', text: ({ attempts }) => String(attempts) },
  { title: 'state', text: ({ state, wish }) => (wish === null ? state : `${state}, ${wish} wished`) },
  { title: 'since', text: ({ deadAt }) => deadAt },
];

export function lettersAsText(letters: readonly DeadLetter[]): string {
  return letters.length === 0 ? 'No dead letter fits.\n' : table(columns, letters);
}

/** One dead letter with everything that is known of it. */
export interface ShownLetter {
  readonly letter: DeadLetter;
  readonly content: LetterContent;
  readonly audit: readonly AuditEntry[];
}

export function letterAsText({ letter, content, audit }: ShownLetter): string {
  return [
    table(columns, [letter]),
    `${printable(letter.reason)}: ${printable(letter.detail)}\n\n`,
    ...Object.entries(content.headers).map(([name, value]) => `${printable(name)}: ${printable(value)}\n`),
    `\n${content.payload === null ? '(no value)' : printable(content.payload)}\n`,
    ...audit.map(
      ({ at, action, actor, reason }) => `${at} ${action} by ${printable(actor)}: ${printable(reason)}\n`,
    ),
  ].join('');
}

/** What came of a wish, or would. */
export interface WishResult {
  readonly wish: 'redrive' | 'discard';
  readonly dryRun: boolean;
  readonly letters: readonly DeadLetter[];
}

const done = { redrive: 'redriven', discard: 'discarded' } as const;

export function wishAsText({ wish, dryRun, letters }: WishResult): string {
  if (letters.length === 0) return 'No dead letter that waits fits.\n';
  if (dryRun)
    return `Would ${wish} ${counted(letters.length, 'dead letter')}; --yes does it:\n${table(columns, letters)}`;
  const carriedOut = letters.filter(({ state }) => state === done[wish]);
  const rest = letters.filter(({ state }) => state !== done[wish]);
  return [
    `${counted(carriedOut.length, 'dead letter')} ${done[wish]}.\n`,
    rest.length === 0 ? '' : `Not carried out:\n${table(columns, rest)}`,
  ].join('');
}
