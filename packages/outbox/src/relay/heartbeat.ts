import { type GrantedLane, grantLanes, releaseUnheldLanes } from './grant-lanes.sql.ts';
import { readMembership, renewLease, type WaitingLane } from './membership.sql.ts';
import type { RelayParts } from './relay-parts.ts';
import { changeOfShare } from './share.ts';

/** What a heartbeat came to, for the session to carry out. */
export interface Heartbeat {
  readonly relays: number;
  readonly granted: readonly GrantedLane[];
  /** Lanes to give back, each when its batch in flight has ended. */
  readonly give: readonly number[];
  /** Lanes that were held and belong to another relay now. */
  readonly lost: readonly number[];
  readonly paused: ReadonlySet<number>;
  /** Lanes with parked events to try again, or a replay under way. */
  readonly due: ReadonlySet<number>;
}

/**
 * Renews the lease, looks who else lives, and takes the lanes that are missing to an even share. A lane that the
 * database calls ours but that is not held (the session began anew) is granted again, at a new lease epoch, or let go.
 *
 * @param held lanes that the session works on
 * @param sending lanes with a batch that has no answer yet. One that was lost meanwhile is not taken again before the
 *   answer: two batches of one lane under way at once might change places.
 * @param backingOff lanes that wait after a failure, for operators to see
 * @throws SourceChangedError when the epoch was raised
 */
export async function heartbeat(
  parts: RelayParts,
  held: ReadonlySet<number>,
  sending: ReadonlySet<number>,
  backingOff: readonly WaitingLane[],
): Promise<Heartbeat> {
  const { database, settings, lease, monotonic } = parts;
  const { relayId, host, leaseMs } = settings;
  const askedAt = monotonic();
  await renewLease(database, { relayId, host, leaseMs, hostClock: new Date(), backingOff });
  lease.renewed(askedAt);

  const { epoch, relays, lanes } = await readMembership(database);
  database.confirmEpoch(epoch);
  const ownership = lanes.map(({ lane, owner }) => ({
    lane,
    owner: owner === relayId && !held.has(lane) ? null : owner,
  }));
  const { take, give } = changeOfShare(relayId, relays, ownership);
  // One that is held still was lost just now: its last send may begin at any moment, and the next heartbeat takes it.
  const wanted = take.filter((lane) => !sending.has(lane) && !held.has(lane));
  const granted = wanted.length === 0 ? [] : await grantLanes(database, relayId, wanted);
  // Lanes of a session of ours that ended: nobody else may take them while we live, so they must not stay behind.
  const left = lanes
    .filter(
      ({ lane, owner }) => owner === relayId && !held.has(lane) && !take.includes(lane) && !sending.has(lane),
    )
    .map(({ lane }) => lane);
  if (left.length > 0) await releaseUnheldLanes(database, relayId, left);
  return {
    relays: relays.length,
    granted,
    give,
    lost: ownership.filter(({ lane, owner }) => held.has(lane) && owner !== relayId).map(({ lane }) => lane),
    paused: new Set(lanes.filter(({ isPaused }) => isPaused).map(({ lane }) => lane)),
    due: new Set(lanes.filter(({ isDue }) => isDue).map(({ lane }) => lane)),
  };
}
