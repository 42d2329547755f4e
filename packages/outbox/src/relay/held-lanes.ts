import { type GrantedLane, releaseLanes } from './grant-lanes.sql.ts';
import { type BackingOff, LaneRuntime } from './lane-runtime.ts';
import type { RelayParts } from './relay-parts.ts';

/** Every lane that this relay owns: in the cycle, where lanes that work share their reads and commits, or alone. */
export class HeldLanes {
  readonly #parts: RelayParts;
  readonly #held = new Map<number, LaneRuntime>();
  readonly #inCycle = new Map<number, LaneRuntime>();
  /** Live relays, as the newest heartbeat found them. */
  relays = 0;

  constructor(parts: RelayParts) {
    this.#parts = parts;
  }

  get numbers(): ReadonlySet<number> {
    return new Set(this.#held.keys());
  }

  get all(): Iterable<LaneRuntime> {
    return this.#held.values();
  }

  get inCycle(): ReadonlyMap<number, LaneRuntime> {
    return this.#inCycle;
  }

  get(lane: number): LaneRuntime | undefined {
    return this.#held.get(lane);
  }

  /** Whether this grant of the lane is still the one that counts. */
  isHeld(lane: LaneRuntime): boolean {
    return this.#held.get(lane.lane.lane) === lane;
  }

  /** Those that wait for an outage to end, and why. */
  get backingOff(): readonly (BackingOff & { readonly lane: number })[] {
    return [...this.#held.values()].flatMap(({ lane, backingOff }) =>
      backingOff === undefined ? [] : [{ lane: lane.lane, ...backingOff }],
    );
  }

  take(granted: readonly GrantedLane[]): void {
    for (const lane of granted) {
      const runtime = new LaneRuntime(lane, this.#parts.settings.limits.rows);
      this.#held.set(lane.lane, runtime);
      this.#inCycle.set(lane.lane, runtime);
    }
    if (granted.length === 0) return;
    const lanes = granted.map(({ lane }) => lane);
    this.#parts.listener({ type: 'lanes-granted', lanes, relays: this.relays });
  }

  /** Of a lane that was granted anew meanwhile, the new grant stays. */
  leaveCycle(lane: LaneRuntime): void {
    if (this.#inCycle.get(lane.lane.lane) === lane) this.#inCycle.delete(lane.lane.lane);
  }

  /** Back among those that work; what was read before it left is read again. */
  rejoin(lane: LaneRuntime): void {
    lane.rewind();
    this.#inCycle.set(lane.lane.lane, lane);
    this.#parts.doorbell.ring([lane.lane.lane]);
  }

  /** Lanes that another relay owns now. One that was given back meanwhile was not lost. */
  letGo(lanes: readonly number[]): void {
    const lost = lanes.filter((lane) => this.#held.has(lane));
    for (const lane of lost) {
      this.#held.get(lane)?.leave();
      this.#forget(lane);
    }
    if (lost.length > 0) this.#parts.listener({ type: 'lanes-lost', lanes: lost });
  }

  /** Lanes that others are to have, each between two of its sends. */
  async giveBack(lanes: readonly LaneRuntime[]): Promise<void> {
    const { database, settings, listener } = this.#parts;
    const grants = lanes.map(({ lane, leaseEpoch }) => ({ lane: lane.lane, leaseEpoch }));
    for (const { lane } of grants) this.#forget(lane);
    await releaseLanes(database, settings.relayId, grants);
    listener({ type: 'lanes-given-back', lanes: grants.map(({ lane }) => lane), relays: this.relays });
  }

  #forget(lane: number): void {
    this.#held.delete(lane);
    this.#inCycle.delete(lane);
  }
}
