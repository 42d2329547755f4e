import type { LiveRelay, OutboxStatus, TopicStatus, WaitingLane } from '@waybill/outbox/operations';
import { counted, howLong, orDash } from '../display/amounts.ts';
import { type Column, table } from '../display/table.ts';

const topicColumns: readonly Column<TopicStatus>[] = [
  { title: 'topic', text: ({ topic }) => topic },
  {
    title: 'pending',
    align: 'right',
    text: ({ pending, pendingIs }) => `${pending}${pendingIs === 'exact' ? '' : '+'}`,
  },
  { title: 'oldest', align: 'right', text: ({ oldestAgeMs }) => orDash(oldestAgeMs, howLong) },
  { title: 'events/s', align: 'right', text: ({ publishedPerSecond }) => publishedPerSecond.toFixed(1) },
  { title: 'parked', align: 'right', text: ({ parked }) => String(parked) },
  { title: 'lanes held', align: 'right', text: ({ lanes }) => `${lanes.held}/${lanes.total}` },
  { title: 'paused', align: 'right', text: ({ lanes }) => String(lanes.paused) },
  { title: 'backing off', align: 'right', text: ({ lanes }) => String(lanes.backingOff) },
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

const waitingColumns: readonly Column<WaitingLane>[] = [
  { title: 'backing off', text: ({ topic, partition }) => `${topic}/${partition}` },
  { title: 'lane', align: 'right', text: ({ lane }) => String(lane) },
  { title: 'why', text: ({ code }) => code },
  { title: 'fault of', text: (lane) => lane.class },
  { title: 'failures', align: 'right', text: ({ failures }) => String(failures) },
  { title: 'since', text: ({ since }) => since },
  { title: 'relay', text: ({ host }) => host },
];

export function statusAsText({ topics, relays, backingOff }: OutboxStatus): string {
  const who =
    relays.length === 0
      ? 'No relay runs: nothing is published. waybill doctor says more.\n'
      : `${counted(relays.length, 'relay')}:\n${table(relayColumns, relays)}`;
  const waiting = backingOff.length === 0 ? '' : `\n${table(waitingColumns, backingOff)}`;
  return `${table(topicColumns, topics)}\n${who}${waiting}`;
}
