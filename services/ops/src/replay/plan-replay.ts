import type { PacedSelection, LaneSelection } from '@waybill/outbox/operations';
import { OperatorError } from '../operator-error.ts';

export interface ReplayPlan {
  readonly events: number;
  readonly lanes: readonly PacedSelection[];
}

/**
 * Lanes are replayed side by side: each gets one event a second and its share of the rest, by how much it has, so that
 * all end together.
 *
 * @param perSecond over all lanes, at most
 * @throws OperatorError USAGE when that is less than one for each lane
 */
export function planReplay(lanes: readonly LaneSelection[], perSecond: number): ReplayPlan {
  if (perSecond < lanes.length) {
    throw new OperatorError(
      `Their events are in ${lanes.length} lanes, each of which takes at least one a second: --per-second ${lanes.length} or more.`,
      { code: 'USAGE' },
    );
  }
  const events = lanes.reduce((sum, lane) => sum + lane.events, 0);
  return {
    events,
    lanes: lanes.map((lane) => ({
      ...lane,
      perSecond: 1 + Math.floor(((perSecond - lanes.length) * lane.events) / events),
    })),
  };
}
