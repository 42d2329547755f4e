import type { ParkedEvent, ParkedHead } from '@waybill/outbox/operations';
import { orDash } from '../display/amounts.ts';
import { type Column, printable, table } from '../display/table.ts';

const place: readonly Column<ParkedEvent>[] = [
  { title: 'lane', align: 'right', text: ({ lane }) => String(lane) },
  { title: 'seq', align: 'right', text: ({ seq }) => String(seq) },
  { title: 'topic', text: ({ topic }) => topic },
  { title: 'key', text: ({ key }) => key },
  { title: 'version', align: 'right', text: ({ version }) => String(version) },
];

const state: readonly Column<ParkedEvent>[] = [
  { title: 'because', text: ({ reason }) => reason },
  { title: 'attempts', align: 'right', text: ({ attempts }) => String(attempts) },
  { title: 'parked at', text: ({ parkedAt }) => parkedAt.toISOString() },
  { title: 'next attempt', text: ({ nextAttemptAt }) => orDash(nextAttemptAt, (at) => at.toISOString()) },
  { title: 'wish', text: ({ wish }) => orDash(wish) },
];

const behind: Column<ParkedHead> = {
  title: 'behind',
  align: 'right',
  text: (head) => String(head.behind),
};

export function headsAsText(heads: readonly ParkedHead[]): string {
  return heads.length === 0 ? 'Nothing is parked.\n' : table([...place, behind, ...state], heads);
}

export function eventsAsText(events: readonly ParkedEvent[]): string {
  return table([...place, ...state], events);
}

export function parkedAsText({ event, key }: { event: ParkedEvent; key: readonly ParkedEvent[] }): string {
  const { topic, type, createdAt, reason, detail } = event;
  const [head] = key;
  const waits =
    head === undefined || head.seq === event.seq
      ? ''
      : `It waits behind seq ${head.seq}, which is redriven first.\n`;
  return [
    `${printable(topic)} ${printable(type)}, written ${createdAt.toISOString()}\n`,
    `${printable(reason)}${detail === '' ? '' : `: ${printable(detail)}`}\n`,
    waits,
    '\nThis key’s parked events, in order:\n',
    table([...place, ...state], key),
  ].join('');
}
