import type { LaneSelection } from '@waybill/outbox/operations';

export interface ReplayPlan {
  readonly events: number;
  readonly lanes: readonly (LaneSelection & {
    /** This lane's part of the whole rate, at least 1. */
    readonly perSecond: number;
  })[];
}

/** Lanes are replayed side by side: each gets its share of the rate, by how much it has, so that all end together. */
export function planReplay(lanes: readonly LaneSelection[], perSecond: number): ReplayPlan {
  const events = lanes.reduce((sum, lane) => sum + lane.events, 0);
  return {
    events,
    lanes: lanes.map((lane) => ({
      ...lane,
      perSecond: Math.max(1, Math.floor((perSecond * lane.events) / events)),
    })),
  };
}
