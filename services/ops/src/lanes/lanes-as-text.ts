import type { LaneState } from '@waybill/outbox/operations';
import { howLong, orDash } from '../display/amounts.ts';
import { type Column, table } from '../display/table.ts';

const columns: readonly Column<LaneState>[] = [
  { title: 'lane', align: 'right', text: ({ lane }) => String(lane) },
  { title: 'topic', text: ({ topic }) => topic },
  { title: 'partition', align: 'right', text: ({ partition }) => String(partition) },
  { title: 'relay', text: ({ owner }) => orDash(owner, ({ host }) => host) },
  { title: 'lease left', align: 'right', text: ({ owner }) => orDash(owner, leaseLeft) },
  { title: 'epoch', align: 'right', text: ({ leaseEpoch }) => String(leaseEpoch) },
  { title: 'state', text: (lane) => stateOf(lane) },
  { title: 'position', align: 'right', text: ({ position }) => String(position) },
  { title: 'last offset', align: 'right', text: ({ lastReceipt }) => orDash(lastReceipt, offset) },
  { title: 'published at', text: ({ lastReceipt }) => orDash(lastReceipt, publishedAt) },
  { title: 'log', align: 'right', text: ({ logGeneration }) => String(logGeneration) },
];

function leaseLeft({ leaseLeftMs }: NonNullable<LaneState['owner']>): string {
  return howLong(leaseLeftMs);
}

function offset(receipt: NonNullable<LaneState['lastReceipt']>): string {
  return String(receipt.offset);
}

function publishedAt(receipt: NonNullable<LaneState['lastReceipt']>): string {
  return receipt.publishedAt.toISOString();
}

function stateOf({ isPaused, owner }: LaneState): string {
  if (isPaused) return 'paused';
  return owner === null ? 'unowned' : 'held';
}

export function lanesAsText(lanes: readonly LaneState[]): string {
  return lanes.length === 0 ? 'No such lane.\n' : table(columns, lanes);
}
