import { advanceLanes } from './advance-lanes.sql.ts';
import type { ClaimedLane } from './claim-lanes.sql.ts';
import type { Cursor, LaneRead, Step } from './cursor.ts';
import { advancesOf, InFlight, type Send, waitPatiently } from './in-flight.ts';
import { LaneRuntime } from './lane-runtime.ts';
import { type Found, nextPause } from './poll-pace.ts';
import { Reachability } from './reachability.ts';
import { readBatch } from './read-batch.sql.ts';
import type { RelayParts } from './relay-parts.ts';

/** Every lane was granted to another relay. */
export class LanesLostError extends Error {
  readonly code = 'OUTBOX_LANES_LOST';

  constructor() {
    super('another relay has taken every lane; run one relay per database');
    this.name = 'LanesLostError';
  }
}

interface ReadAhead {
  readonly cursors: ReadonlyMap<number, Cursor>;
  readonly reads: Promise<Map<number, LaneRead>>;
}

/**
 * From a grant of lanes to its end. Lanes that work share a cycle: one read → one send per lane, in parallel → one
 * transaction that appends their progress. A lane whose send fails, or has no answer when the others have been
 * patient, goes on by itself and comes back when an event of its own was acknowledged.
 *
 * Invariants: a lane has at most one send under way; a lane's next send begins only after the progress of the one
 * before is committed; what was read ahead is forgotten when a lane leaves the cycle by a failure.
 */
export class RelaySession {
  readonly #parts: RelayParts;
  readonly #inCycle = new Map<number, LaneRuntime>();
  readonly #alone = new Set<Promise<void>>();
  readonly #end = new AbortController();
  readonly #reachability: Reachability;
  readonly #inFlight: InFlight;
  #hasWorked = false;
  #owned: number;
  #ahead: ReadAhead | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(parts: RelayParts, lanes: readonly ClaimedLane[]) {
    this.#parts = parts;
    this.#inFlight = new InFlight(parts);
    for (const claimed of lanes) this.#inCycle.set(claimed.lane, new LaneRuntime(claimed));
    this.#owned = lanes.length;
    this.#reachability = new Reachability(parts.publisher, parts.settings.probeEveryMs);
  }

  /** Events whose batch is sent and not yet answered. */
  get eventsInFlight(): number {
    return this.#inFlight.events;
  }

  /** Whether a cycle was completed: the database answered everything it was asked. */
  get hasWorked(): boolean {
    return this.#hasWorked;
  }

  get lanesAlone(): number {
    return this.#alone.size;
  }

  /**
   * Works until aborted, then finishes the batches in flight.
   *
   * @throws LanesLostError, or the database's error
   */
  async run(signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, this.#end.signal]);
    const { settings, doorbell } = this.#parts;
    let pauseMs = 0;
    try {
      while (!stop.aborted) {
        const found = await this.#cycle(stop);
        this.#hasWorked = true;
        pauseMs = nextPause(found, pauseMs, settings.pollMinMs, settings.pollMaxMs);
        await doorbell.wait(pauseMs, stop);
      }
    } finally {
      this.#end.abort();
      await Promise.all(this.#alone);
      await this.#inFlight.allAnswered();
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #cycle(stop: AbortSignal): Promise<Found> {
    await this.#fillQueues();
    const sends: Send[] = [];
    for (const lane of this.#inCycle.values()) {
      const step = lane.takeStep();
      if (step !== undefined) sends.push(this.#inFlight.send(lane, step));
    }
    const isFull = [...this.#inCycle.values()].some((lane) => lane.hasMore || lane.hasQueuedSteps);
    if (isFull && !stop.aborted) this.#startReadAhead();
    if (sends.length === 0) return isFull ? 'full' : 'none';

    await waitPatiently(sends, this.#parts.settings.patienceMs);
    for (const send of sends) {
      if (send.outcome?.state !== 'acknowledged') this.#goOnAlone(send, stop);
    }
    await this.#advance(sends);
    return isFull ? 'full' : 'some';
  }

  async #fillQueues(): Promise<void> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const { cursors, reads } = ahead ?? this.#read();
    for (const [number, read] of await reads) {
      const lane = this.#inCycle.get(number);
      if (lane !== undefined && lane.readFrom === cursors.get(number)) lane.accept(read);
    }
  }

  #startReadAhead(): void {
    this.#ahead = this.#read();
    this.#ahead.reads.catch(() => {
      // The cycle that takes the read gets its error; without this a session that ends first would leave it unhandled.
    });
  }

  #read(): ReadAhead {
    const cursors = new Map<number, Cursor>();
    for (const [number, lane] of this.#inCycle) {
      if (!lane.hasQueuedSteps) cursors.set(number, lane.readFrom);
    }
    const reads =
      cursors.size === 0
        ? Promise.resolve(new Map<number, LaneRead>())
        : readBatch(this.#parts.database, cursors, this.#parts.settings.limits);
    return { cursors, reads };
  }

  /**
   * Commits the progress of those sends that were acknowledged. Lanes that were granted elsewhere are let go.
   *
   * @returns the lanes whose progress is committed
   */
  async #advance(sends: readonly Send[]): Promise<ReadonlySet<number>> {
    const advances = advancesOf(sends, this.#parts.monotonic());
    if (advances.length === 0) return new Set();
    const committed = await advanceLanes(this.#parts.database, advances);
    for (const { lane, step } of sends) {
      if (committed.has(lane.lane.lane)) lane.commit(step);
    }
    const lost = advances.map((advance) => advance.lane).filter((lane) => !committed.has(lane));
    if (lost.length > 0) this.#letGo(lost);
    return committed;
  }

  #letGo(lost: readonly number[]): void {
    for (const lane of lost) this.#inCycle.delete(lane);
    this.#owned -= lost.length;
    this.#parts.listener({ type: 'lanes-lost', lanes: lost });
    if (this.#owned === 0) this.#fail(new LanesLostError());
  }

  #goOnAlone(send: Send, stop: AbortSignal): void {
    this.#inCycle.delete(send.lane.lane.lane);
    const task = this.#recover(send, stop)
      .catch((error: unknown) => {
        this.#fail(error);
      })
      .finally(() => this.#alone.delete(task));
    this.#alone.add(task);
  }

  async #recover(first: Send, stop: AbortSignal): Promise<void> {
    const { settings, listener, random, doorbell } = this.#parts;
    const { lane } = first;
    let send = first;
    let failures = 0;
    for (let outcome = await send.done; outcome.state === 'failed'; outcome = await send.done) {
      failures += 1;
      lane.rewind();
      if (failures === 1) listener({ type: 'lane-backing-off', lane: lane.lane, error: outcome.error });
      const { laneBackoff } = settings;
      const { topic } = lane.lane;
      await this.#reachability.waitToRetry(topic, outcome.error, failures, laneBackoff, random, stop);
      if (stop.aborted) return;
      const probe = await this.#firstEventAlone(lane);
      if (probe === undefined)
        throw new Error(`lane ${lane.lane.lane} lost the event that it failed to send`);
      send = this.#inFlight.send(lane, probe);
    }
    const committed = await this.#advance([send]);
    if (!committed.has(lane.lane.lane)) return;
    this.#inCycle.set(lane.lane.lane, lane);
    if (failures > 0) listener({ type: 'lane-recovered', lane: lane.lane, failures });
    doorbell.ring();
  }

  async #firstEventAlone(lane: LaneRuntime): Promise<Step | undefined> {
    const { database, settings } = this.#parts;
    const reads = await readBatch(database, new Map([[lane.lane.lane, lane.readFrom]]), {
      ...settings.limits,
      rows: 1,
    });
    const read = reads.get(lane.lane.lane);
    if (read !== undefined) lane.accept(read);
    return lane.takeStep();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#end.abort();
  }
}
