/** A lane as a heartbeat sees it. `owner` is the id of the relay that it was last granted to. */
export interface LaneOwnership {
  readonly lane: number;
  readonly owner: string | null;
}

/** What a relay does about its share: lanes to ask for, lanes to give back. */
export interface ShareChange {
  readonly take: readonly number[];
  readonly give: readonly number[];
}

/**
 * An even share of the lanes among live relays, decided by each relay for itself from the same facts. With L lanes and
 * N relays, the first L mod N in order of their ids own one more than the others. A relay gives back what it has too
 * many of and takes only lanes that nobody alive owns, so two relays never want the same lane for long, and a lane
 * moves only when it has to.
 *
 * @param relays ids of the live ones, `me` among them
 */
export function changeOfShare(
  me: string,
  relays: readonly string[],
  lanes: readonly LaneOwnership[],
): ShareChange {
  const live = [...relays].sort();
  const rank = live.indexOf(me);
  if (rank === -1) return { take: [], give: [] };
  const target = Math.floor(lanes.length / live.length) + (rank < lanes.length % live.length ? 1 : 0);
  const mine = lanes.filter(({ owner }) => owner === me).map(({ lane }) => lane);
  if (mine.length > target) return { take: [], give: mine.slice(target) };
  const alive = new Set(live);
  const free = lanes.filter(({ owner }) => owner === null || !alive.has(owner)).map(({ lane }) => lane);
  return { take: free.slice(0, target - mine.length), give: [] };
}
