import { wait } from '@waybill/retry';
import { deliveryOf, type StepDelivery } from './delivery.ts';
import type { Wanted } from './doorbell.ts';
import { heartbeat } from './heartbeat.ts';
import { HeldLanes } from './held-lanes.ts';
import { InFlight, isSettled, type Send, waitPatiently } from './in-flight.ts';
import { LaneAlone, type LaneAloneParts } from './lane-alone.ts';
import { LaneReader } from './lane-reader.ts';
import type { LaneRuntime } from './lane-runtime.ts';
import { LeaseLapsedError } from './lease.ts';
import { nextTurn } from './next-turn.ts';
import { type Found, PollPace } from './poll-pace.ts';
import { ProgressRecorder } from './progress-recorder.ts';
import { Reachability } from './reachability.ts';
import { timed } from './relay-meter.ts';
import type { RelayParts } from './relay-parts.ts';

/**
 * How many cycles may have their sends or their commit under way when the next one reads. While a backlog is drained
 * there is one, in full batches; an event that comes by itself need not wait for the commit of the one before it.
 * Without a limit a steady stream would go out in batches of one.
 */
const CYCLES_UNDER_WAY = 2;

/**
 * Work on the lanes that this relay is granted, for as long as its lease lasts. Lanes that work share a cycle: one
 * read → one send per lane, in parallel → one transaction that appends their progress. The next cycle goes on with the
 * lanes that are not busy meanwhile. A lane whose send fails, has no answer when the others have been patient, or is
 * wanted for a redrive or replay, goes on by itself and comes back.
 *
 * Invariants: a lane has at most one send under way, and its next one begins only after the progress of the one before
 * is committed, without a gap; what was read ahead is forgotten when a lane leaves the cycle; what is parked is checked when
 * a step is sent; nothing is sent that the lease may not outlast; a lane is given back only between its sends.
 */
export class RelaySession {
  readonly #parts: RelayParts;
  readonly #alone = new Set<Promise<void>>();
  /** Cycles that have sent and not yet committed, and the lanes that they keep busy. */
  readonly #underWay = new Set<Promise<void>>();
  readonly #busy = new Set<LaneRuntime>();
  readonly #end = new AbortController();
  readonly #lanes: HeldLanes;
  readonly #inFlight: InFlight;
  readonly #reader: LaneReader;
  readonly #recorder: ProgressRecorder;
  readonly #aloneParts: LaneAloneParts;
  readonly #failuresBefore: number;
  #hasBegun = false;
  #hasWorked = false;
  #failure: { readonly error: unknown } | undefined;

  /** @param failuresBefore sessions that failed in a row before this one */
  constructor(parts: RelayParts, failuresBefore: number) {
    this.#failuresBefore = failuresBefore;
    this.#parts = parts;
    this.#lanes = new HeldLanes(parts);
    this.#inFlight = new InFlight(parts);
    this.#reader = new LaneReader(parts);
    this.#recorder = new ProgressRecorder(parts, this.#lanes, this.#inFlight);
    this.#aloneParts = {
      parts,
      lanes: this.#lanes,
      inFlight: this.#inFlight,
      reader: this.#reader,
      recorder: this.#recorder,
      reachability: new Reachability(parts.publisher, parts.settings.probeEveryMs),
    };
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

  get lanes(): ReadonlySet<number> {
    return this.#lanes.numbers;
  }

  /** Lanes that wait for an outage to end, and why. */
  get backingOff(): HeldLanes['backingOff'] {
    return this.#lanes.backingOff;
  }

  /**
   * Works until aborted, then finishes the batches in flight.
   *
   * @throws LeaseLapsedError, or the database's error
   */
  async run(signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, this.#end.signal]);
    const { settings, doorbell, listener, database, monotonic, progress } = this.#parts;
    database.beginAnew();
    await this.#beat(stop);
    this.#hasBegun = true;
    if (this.#failuresBefore > 0) listener({ type: 'session-back', failures: this.#failuresBefore });
    const beating = this.#keepBeating(stop).catch((error: unknown) => this.#fail(error));
    const pace = new PollPace(settings, monotonic);
    let wanted: Wanted = 'all';
    try {
      while (!stop.aborted) {
        const found = await this.#cycle(wanted, stop);
        pace.cameUpon(found, wanted);
        progress.cameRound('cycle');
        wanted = await doorbell.wait(pace.restMs, stop);
      }
    } finally {
      this.#end.abort();
      await Promise.all([beating, ...this.#underWay]);
      await Promise.all(this.#alone);
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
    const { doorbell, progress } = this.#parts;
    const askedAt = this.#parts.monotonic();
    const beat = await heartbeat(this.#parts, this.#lanes.numbers, this.#inFlight.lanes, this.backingOff);
    const { relays, granted, give, lost, paused, due } = beat;
    progress.cameRound('heartbeat');
    this.#lanes.relays = relays;
    this.#lanes.letGo(lost);
    this.#lanes.take(granted);
    let isCalledFor = granted.length > 0 || give.length > 0;
    for (const lane of this.#lanes.all) {
      // What was rung for during a pause was not read.
      if (lane.setPaused(paused.has(lane.lane.lane), askedAt) === 'resumed') isCalledFor = true;
      if (due.has(lane.lane.lane)) lane.hasErrand = isCalledFor = true;
    }
    for (const lane of give) this.#lanes.get(lane)?.leave();
    if (isCalledFor && !stop.aborted) doorbell.ring();
  }

  async #cycle(wanted: Wanted, stop: AbortSignal): Promise<Found> {
    while (this.#underWay.size >= CYCLES_UNDER_WAY) await Promise.race(this.#underWay);
    await this.#giveBackLeaving();
    this.#sendOnErrands(stop);
    await timed(this.#parts, 'read', this.#reader.fill(this.#lanes.inCycle, wanted));
    const idle = this.#idleLanes();
    // By the end of a pause its snapshot is old, and all that came since would have to be looked through.
    for (const lane of idle) if (lane.isPaused && lane.hasQueuedSteps) lane.rewind();
    const working = idle.filter((lane) => !lane.isPaused && !lane.leaving.aborted);
    const steps = working.map((lane) => ({ lane, step: lane.takeStep() }));
    const isFull = working.some((lane) => lane.hasMore || lane.hasQueuedSteps);
    // Before the sends: their encoding keeps this process busy for long, and the database works meanwhile.
    if (isFull && !stop.aborted) await this.#reader.readAhead(this.#lanes.inCycle);
    const sends: Send<StepDelivery>[] = [];
    let isCutOff = false;
    for (const { lane, step } of steps) {
      // A heartbeat may have let the lane go since.
      if (step === undefined || !this.#lanes.isHeld(lane)) continue;
      isCutOff = !this.#maySend(stop);
      if (isCutOff) break;
      sends.push(this.#inFlight.send(lane, deliveryOf(step, lane.blocked)));
      if (isFull) await nextTurn();
    }
    if (sends.length === 0) this.#hasWorked ||= this.#underWay.size === 0;
    else {
      const concluded = this.#inBackground(sends, stop);
      if (isFull) await concluded;
    }
    // What was taken and not sent would be passed by: a lease that was renewed meanwhile does not bring it back.
    if (!stop.aborted && (isCutOff || !this.#maySend(stop))) throw new LeaseLapsedError();
    if (isFull) return 'full';
    if (sends.length > 0) return 'some';
    // A lane that has just come back from an errand may be wanted for the next.
    return working.some((lane) => lane.hasErrand) ? 'errand' : 'none';
  }

  /** Sees the sends through, up to their commit; where that fails, the session ends by it. */
  #inBackground(sends: readonly Send<StepDelivery>[], stop: AbortSignal): Promise<void> {
    const lanes = sends.map(({ lane }) => lane);
    for (const lane of lanes) this.#busy.add(lane);
    const task = this.#conclude(sends, stop)
      .then(() => {
        this.#hasWorked = true;
      })
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#underWay.delete(task);
        for (const lane of lanes) this.#busy.delete(lane);
        this.#parts.doorbell.ring(lanes.filter(({ hasWork }) => hasWork).map(({ lane }) => lane.lane));
      });
    this.#underWay.add(task);
    return task;
  }

  #idleLanes(): LaneRuntime[] {
    return [...this.#lanes.inCycle.values()].filter((lane) => !this.#busy.has(lane));
  }

  /** Asked before each send: the process may have slept since the one before. */
  #maySend(stop: AbortSignal): boolean {
    const { lease, settings } = this.#parts;
    return !stop.aborted && lease.isGoodFor(settings.sendTimeoutMs);
  }

  async #conclude(sends: readonly Send<StepDelivery>[], stop: AbortSignal): Promise<void> {
    await timed(this.#parts, 'send', waitPatiently(sends, this.#parts.settings.patienceMs));
    for (const send of sends) {
      if (!isSettled(send)) this.#goAlone(send.lane, stop, (alone) => alone.recover(send));
    }
    await timed(this.#parts, 'commit', this.#recorder.record(sends));
  }

  async #giveBackLeaving(): Promise<void> {
    const leaving = this.#idleLanes().filter((lane) => lane.leaving.aborted);
    if (leaving.length > 0) await this.#lanes.giveBack(leaving);
  }

  /** Errands and new events take turns, so that neither waits for the end of the other. */
  #sendOnErrands(stop: AbortSignal): void {
    const now = this.#parts.monotonic();
    for (const lane of this.#idleLanes()) {
      if (lane.isErrandDue(now)) this.#goAlone(lane, stop, (alone) => alone.runErrand());
    }
  }

  #goAlone(lane: LaneRuntime, stop: AbortSignal, work: (alone: LaneAlone) => Promise<void>): void {
    this.#lanes.leaveCycle(lane);
    const task = work(new LaneAlone(this.#aloneParts, lane, stop))
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#alone.delete(task));
    this.#alone.add(task);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#end.abort();
  }
}
