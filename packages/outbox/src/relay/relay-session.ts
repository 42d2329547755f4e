import { wait } from '@waybill/retry';
import { advanceLanes } from './advance-lanes.sql.ts';
import { releaseLanes } from './grant-lanes.sql.ts';
import { heartbeat } from './heartbeat.ts';
import { advancesOf, InFlight, type Send, waitPatiently } from './in-flight.ts';
import { LaneReader } from './lane-reader.ts';
import { LaneRuntime } from './lane-runtime.ts';
import { LeaseLapsedError } from './lease.ts';
import { type Found, nextPause } from './poll-pace.ts';
import { Reachability } from './reachability.ts';
import { timed } from './relay-meter.ts';
import type { RelayParts } from './relay-parts.ts';

/**
 * Work on the lanes that this relay is granted, for as long as its lease lasts. Lanes that work share a cycle: one
 * read → one send per lane, in parallel → one transaction that appends their progress. A lane whose send fails, or has
 * no answer when the others have been patient, goes on by itself and comes back when an event of its own was
 * acknowledged.
 *
 * Invariants: a lane has at most one send under way; a lane's next send begins only after the progress of the one
 * before is committed; what was read ahead is forgotten when a lane leaves the cycle by a failure; nothing is sent
 * that the lease may not outlast; a lane is given back only between its sends.
 */
export class RelaySession {
  readonly #parts: RelayParts;
  readonly #inCycle = new Map<number, LaneRuntime>();
  readonly #alone = new Set<Promise<void>>();
  readonly #end = new AbortController();
  readonly #reachability: Reachability;
  readonly #inFlight: InFlight;
  readonly #reader: LaneReader;
  /** Every lane that this relay owns, in the cycle or alone. */
  readonly #held = new Map<number, LaneRuntime>();
  readonly #failuresBefore: number;
  #hasBegun = false;
  #hasWorked = false;
  #relays = 0;
  #failure: { readonly error: unknown } | undefined;

  /** @param failuresBefore sessions that failed in a row before this one */
  constructor(parts: RelayParts, failuresBefore: number) {
    this.#failuresBefore = failuresBefore;
    this.#parts = parts;
    this.#inFlight = new InFlight(parts);
    this.#reader = new LaneReader(parts);
    this.#reachability = new Reachability(parts.publisher, parts.settings.probeEveryMs);
  }

  /** Events whose batch is sent, and neither refused nor recorded as progress. */
  get eventsInFlight(): number {
    return this.#inFlight.events;
  }

  /** Whether the lease is there and the work goes on. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Whether a cycle was completed: the database answered everything it was asked. */
  get hasWorked(): boolean {
    return this.#hasWorked;
  }

  get lanesHeld(): number {
    return this.#held.size;
  }

  get lanesAlone(): number {
    return this.#alone.size;
  }

  /**
   * Works until aborted, then finishes the batches in flight.
   *
   * @throws LeaseLapsedError, or the database's error
   */
  async run(signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, this.#end.signal]);
    const { settings, doorbell, listener, database } = this.#parts;
    database.beginAnew();
    await this.#beat(stop);
    this.#hasBegun = true;
    if (this.#failuresBefore > 0) listener({ type: 'session-back', failures: this.#failuresBefore });
    const beating = this.#keepBeating(stop).catch((error: unknown) => this.#fail(error));
    let pauseMs = 0;
    try {
      while (!stop.aborted) {
        const found = await this.#cycle(stop);
        this.#hasWorked = true;
        this.#parts.progress.cameRound('cycle');
        pauseMs = nextPause(found, pauseMs, settings.pollMinMs, settings.pollMaxMs);
        await doorbell.wait(pauseMs, stop);
      }
    } finally {
      this.#end.abort();
      await Promise.all([beating, ...this.#alone]);
      await this.#inFlight.allAnswered();
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #keepBeating(stop: AbortSignal): Promise<void> {
    for (;;) {
      await wait(this.#parts.settings.heartbeatMs, stop);
      if (stop.aborted) return;
      if (!this.#parts.lease.isGoodFor(0)) throw new LeaseLapsedError();
      await this.#beat(stop);
    }
  }

  async #beat(stop: AbortSignal): Promise<void> {
    const { listener, doorbell, progress } = this.#parts;
    const { relays, granted, give, lost, paused } = await heartbeat(
      this.#parts,
      new Set(this.#held.keys()),
      this.#inFlight.lanes,
    );
    progress.cameRound('heartbeat');
    this.#relays = relays;
    if (lost.length > 0) this.#letGo(lost);
    for (const lane of granted) {
      const runtime = new LaneRuntime(lane);
      this.#held.set(lane.lane, runtime);
      this.#inCycle.set(lane.lane, runtime);
    }
    for (const [lane, runtime] of this.#held) runtime.setPaused(paused.has(lane));
    for (const lane of give) this.#held.get(lane)?.leave();
    if (granted.length > 0) {
      listener({ type: 'lanes-granted', lanes: granted.map(({ lane }) => lane), relays });
    }
    if (!stop.aborted && (granted.length > 0 || give.length > 0)) doorbell.ring();
  }

  async #cycle(stop: AbortSignal): Promise<Found> {
    await this.#giveBackLeaving();
    await timed(this.#parts, 'read', this.#reader.fill(this.#inCycle));
    if (!this.#parts.lease.isGoodFor(this.#parts.settings.sendTimeoutMs)) throw new LeaseLapsedError();
    const sends: Send[] = [];
    for (const lane of this.#inCycle.values()) {
      const step = lane.isPaused ? undefined : lane.takeStep();
      if (step !== undefined) sends.push(this.#inFlight.send(lane, step));
    }
    const working = [...this.#inCycle.values()].filter((lane) => !lane.isPaused);
    const isFull = working.some((lane) => lane.hasMore || lane.hasQueuedSteps);
    if (isFull && !stop.aborted) this.#reader.readAhead(this.#inCycle);
    if (sends.length === 0) return isFull ? 'full' : 'none';

    await timed(this.#parts, 'send', waitPatiently(sends, this.#parts.settings.patienceMs));
    for (const send of sends) {
      if (send.outcome?.state !== 'acknowledged') this.#goOnAlone(send, stop);
    }
    await timed(this.#parts, 'commit', this.#advance(sends));
    return isFull ? 'full' : 'some';
  }

  /** Between two cycles no lane of the cycle has a send under way. */
  async #giveBackLeaving(): Promise<void> {
    const leaving = [...this.#inCycle.values()].filter((lane) => lane.leaving.aborted);
    if (leaving.length > 0) await this.#giveBack(leaving);
  }

  async #giveBack(lanes: readonly LaneRuntime[]): Promise<void> {
    const { database, settings, listener } = this.#parts;
    const grants = lanes.map(({ lane, leaseEpoch }) => ({ lane: lane.lane, leaseEpoch }));
    for (const { lane } of grants) this.#forget(lane);
    await releaseLanes(database, settings.relayId, grants);
    listener({ type: 'lanes-given-back', lanes: grants.map(({ lane }) => lane), relays: this.#relays });
  }

  #forget(lane: number): void {
    this.#held.delete(lane);
    this.#inCycle.delete(lane);
  }

  /**
   * Commits the progress of those sends that were acknowledged. Lanes that were granted elsewhere are let go.
   */
  async #advance(sends: readonly Send[]): Promise<void> {
    // Taken now: a send that went on alone may be acknowledged while the progress of the others is committed.
    const acknowledged = sends.filter((send) => send.outcome?.state === 'acknowledged');
    if (acknowledged.length === 0) return;
    const advances = advancesOf(acknowledged, this.#parts.monotonic());
    const committed = await advanceLanes(this.#parts.database, advances);
    this.#inFlight.recorded(acknowledged);
    const lost: number[] = [];
    for (const { lane, step } of acknowledged) {
      if (committed.has(lane.lane.lane)) lane.commit(step);
      else if (this.#isHeld(lane)) lost.push(lane.lane.lane);
    }
    if (lost.length > 0) this.#letGo(lost);
  }

  #letGo(lost: readonly number[]): void {
    for (const lane of lost) {
      this.#held.get(lane)?.leave();
      this.#forget(lane);
    }
    this.#parts.listener({ type: 'lanes-lost', lanes: lost });
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
    const { settings, listener, random, doorbell, lease } = this.#parts;
    const { lane } = first;
    const ended = AbortSignal.any([stop, lane.leaving]);
    let send = first;
    let failures = 0;
    for (let outcome = await send.done; outcome.state === 'failed'; outcome = await send.done) {
      failures += 1;
      lane.rewind();
      if (failures === 1) listener({ type: 'lane-backing-off', lane: lane.lane, error: outcome.error });
      const { laneBackoff } = settings;
      const { topic } = lane.lane;
      await this.#reachability.waitToRetry(topic, outcome.error, failures, laneBackoff, random, ended);
      if (stop.aborted || !this.#isHeld(lane)) return;
      if (lane.leaving.aborted) return await this.#giveBack([lane]);
      const probe = await this.#reader.firstEventAlone(lane);
      if (probe === undefined)
        throw new Error(`lane ${lane.lane.lane} lost the event that it failed to send`);
      if (!lease.isGoodFor(settings.sendTimeoutMs)) throw new LeaseLapsedError();
      send = this.#inFlight.send(lane, probe);
    }
    await this.#advance([send]);
    if (!this.#isHeld(lane)) return;
    if (lane.leaving.aborted) return await this.#giveBack([lane]);
    this.#inCycle.set(lane.lane.lane, lane);
    if (failures > 0) listener({ type: 'lane-recovered', lane: lane.lane, failures });
    doorbell.ring();
  }

  /** Whether this grant of the lane is still the one that counts. */
  #isHeld(lane: LaneRuntime): boolean {
    return this.#held.get(lane.lane.lane) === lane;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#end.abort();
  }
}
