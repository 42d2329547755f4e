import type { LiveRelay, OutboxStatus, TopicStatus } from '@waybill/outbox/operations';
import { counted, howLong, orDash } from '../display/amounts.ts';
import { type Column, table } from '../display/table.ts';

const topicColumns: readonly Column<TopicStatus>[] = [
  { title: 'topic', text: ({ topic }) => topic },
  {
    title: 'lanes held',
    align: 'right',
    text: ({ lanes }) => `${lanes.held}/${lanes.total}${lanes.paused > 0 ? ` (${lanes.paused} paused)` : ''}`,
  },
  {
    title: 'events/s',
    align: 'right',
    text: ({ publishedPerSecond }) => publishedPerSecond.toFixed(1),
  },
  {
    title: 'last published',
    text: ({ lastPublishedAt }) => orDash(lastPublishedAt, (at) => at.toISOString()),
  },
];

const relayColumns: readonly Column<LiveRelay>[] = [
  { title: 'relay', text: ({ host }) => host },
  { title: 'id', text: ({ relayId }) => relayId },
  { title: 'lanes', align: 'right', text: ({ lanes }) => String(lanes) },
  { title: 'heartbeat', align: 'right', text: ({ heartbeatAgeMs }) => `${howLong(heartbeatAgeMs)} ago` },
  { title: 'lease left', align: 'right', text: ({ leaseLeftMs }) => howLong(leaseLeftMs) },
];

export function statusAsText({ topics, relays }: OutboxStatus): string {
  const who =
    relays.length === 0
      ? 'No relay runs: nothing is published. `waybill doctor` says more.\n'
      : `${counted(relays.length, 'relay')}:\n${table(relayColumns, relays)}`;
  return `${table(topicColumns, topics)}\n${who}`;
}
