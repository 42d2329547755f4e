import type { LaneState } from '@waybill/outbox/operations';
import { howLong, orDash } from '../display/amounts.ts';
import { type Column, table } from '../display/table.ts';

export interface ShownLane extends LaneState {
  /** Committed events that are not published, parked ones left out. */
  readonly pending: number;
  /** `at least` when there are more than is counted. */
  readonly pendingIs: 'exact' | 'at least';
  readonly oldestAgeMs: number | null;
  readonly parked: number;
}

const columns: readonly Column<ShownLane>[] = [
  { title: 'lane', align: 'right', text: ({ lane }) => String(lane) },
  { title: 'topic', text: ({ topic }) => topic },
  { title: 'partition', align: 'right', text: ({ partition }) => String(partition) },
  { title: 'relay', text: ({ owner }) => orDash(owner, ({ host }) => host) },
  { title: 'lease left', align: 'right', text: ({ owner }) => orDash(owner, leaseLeft) },
  { title: 'epoch', align: 'right', text: ({ leaseEpoch }) => String(leaseEpoch) },
  { title: 'state', text: (lane) => stateOf(lane) },
  {
    title: 'pending',
    align: 'right',
    text: ({ pending, pendingIs }) => `${pending}${pendingIs === 'exact' ? '' : '+'}`,
  },
  { title: 'oldest', align: 'right', text: ({ oldestAgeMs }) => orDash(oldestAgeMs, howLong) },
  { title: 'parked', align: 'right', text: ({ parked }) => String(parked) },
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

export function lanesAsText(lanes: readonly ShownLane[]): string {
  return lanes.length === 0 ? 'No such lane.\n' : table(columns, lanes);
}
