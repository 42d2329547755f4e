import { type Delivery, PREDECESSOR_PARKED, type ParkedRow } from './delivery.ts';
import type { LaneRuntime } from './lane-runtime.ts';
import { findDueKey, readParkedRun } from './parked-events.sql.ts';
import type { RelayParts } from './relay-parts.ts';
import { findOpenReplay, readReplayRows } from './replays.sql.ts';

/** What a lane's send slot is wanted for beside its new events: parked events that are due, then the oldest replay. */
export async function nextErrand(
  { database, settings, monotonic }: RelayParts,
  lane: LaneRuntime,
): Promise<Delivery | undefined> {
  const { lane: number } = lane.lane;
  const key = await findDueKey(database, number);
  if (key !== undefined) {
    const rows = runOf(await readParkedRun(database, number, key, settings.limits));
    if (rows.length > 0) return { kind: 'redrive', rows, key };
  }
  const replay = await findOpenReplay(database, number);
  if (replay === undefined) return undefined;
  const limits = { ...settings.limits, rows: Math.min(settings.limits.rows, replay.perSecond) };
  const { rows, lookedAt } = await readReplayRows(database, replay, lane.committed, limits);
  lane.errandNotBefore = monotonic() + (rows.length * 1_000) / replay.perSecond;
  return {
    kind: 'replay',
    rows,
    replayId: replay.id,
    position: lookedAt ?? replay.toSeq,
    isLast: lookedAt === null || lookedAt >= replay.toSeq,
  };
}

/**
 * How much of a key's parked events goes in one batch: one that was refused before is tried by itself; those that only
 * waited behind it go together, up to the next that was refused.
 */
export function runOf(rows: readonly ParkedRow[]): readonly ParkedRow[] {
  const refused = rows.findIndex(({ reason }) => reason !== PREDECESSOR_PARKED);
  if (refused === 0) return rows.slice(0, 1);
  return refused === -1 ? rows : rows.slice(0, refused);
}
