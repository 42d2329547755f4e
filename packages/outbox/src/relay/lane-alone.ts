import { backoffDelay } from '@waybill/retry';
import { halve, type Step } from './cursor.ts';
import { type Delivery, deliveryOf, type ParkedEvent, type StepDelivery } from './delivery.ts';
import { type ClassifiedFailure, classify } from './failure-class.ts';
import type { HeldLanes } from './held-lanes.ts';
import type { InFlight, Send } from './in-flight.ts';
import { nextErrand } from './lane-errand.ts';
import type { LaneReader } from './lane-reader.ts';
import type { LaneRuntime } from './lane-runtime.ts';
import { LeaseLapsedError } from './lease.ts';
import type { ProgressRecorder } from './progress-recorder.ts';
import type { Reachability } from './reachability.ts';
import type { RelayParts } from './relay-parts.ts';

/** Refusals that smaller batches may avoid, for example where a topic's max.message.bytes is lower than the default. */
const isAboutSize: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/** What a lane that left the cycle works with. */
export interface LaneAloneParts {
  readonly parts: RelayParts;
  readonly lanes: HeldLanes;
  readonly inFlight: InFlight;
  readonly reader: LaneReader;
  readonly recorder: ProgressRecorder;
  readonly reachability: Reachability;
}

/**
 * One lane outside the cycle: because a send of it failed or has no answer, or because its send slot is needed for a
 * redrive or a replay. It comes back when an event of its own was acknowledged.
 *
 * An outage is waited for with backoff, and probed with the lane's first event. A refused batch is halved until the
 * event stands alone that the broker refuses; that one is parked, and nothing else waits for it but its own key.
 */
export class LaneAlone {
  readonly #with: LaneAloneParts;
  readonly #lane: LaneRuntime;
  readonly #stop: AbortSignal;

  constructor(works: LaneAloneParts, lane: LaneRuntime, stop: AbortSignal) {
    this.#with = works;
    this.#lane = lane;
    this.#stop = stop;
  }

  /** @param first a send of the cycle that failed, or may yet */
  async recover(first: Send<StepDelivery>): Promise<void> {
    const { inFlight, recorder } = this.#with;
    let { step } = first.delivery;
    let send: Send = first;
    let rest: readonly Step[] = [];
    for (;;) {
      const outcome = await send.done;
      if (outcome.state === 'failed') {
        this.#lane.rewind();
        const failure = classify(outcome.error);
        if (failure.class === 'event') {
          recorder.recovered(this.#lane);
          if (isAboutSize.has(failure.code)) this.#lane.wasTooMuch(send.delivery.rows);
          const halves = halve(step, this.#lane.committed);
          if (halves === undefined) await this.#park(step, failure, outcome.error);
          rest = [...(halves ?? []), ...rest];
        } else {
          this.#lane.maybeWritten += send.delivery.rows.length;
          if ((await this.#backOff(failure, outcome.error)) === 'over') return;
          const probe = await this.#probe();
          if (probe === undefined)
            throw new Error(`lane ${this.#lane.lane.lane} lost the event that it failed to send`);
          rest = [probe];
        }
      } else {
        await recorder.record([send]);
        // Its first events are only parked: whether the broker answers is still to be found out.
        if (rest.length === 0 && this.#lane.backingOff !== undefined && this.#isHeld()) {
          const probe = await this.#probe();
          rest = probe === undefined ? [] : [probe];
        }
      }
      if (this.#stop.aborted || !this.#isHeld()) return;
      const [next, ...others] = rest;
      if (next === undefined || this.#lane.leaving.aborted) break;
      const [piece = next, ...pieces] = this.#lane.inSizes(next);
      step = piece;
      rest = [...pieces, ...others];
      this.#requireLease();
      send = inFlight.send(this.#lane, deliveryOf(step, this.#lane.blocked));
    }
    await this.#comeBack();
  }

  /** Carries out one thing that operators, time or a lost log ask of this lane. */
  async runErrand(): Promise<void> {
    const { parts, inFlight, recorder } = this.#with;
    for (;;) {
      this.#lane.hasErrand = false;
      let errand = await nextErrand(parts, this.#lane);
      if (errand === undefined) return await this.#comeBack();
      for (;;) {
        if (this.#stop.aborted || !this.#isHeld()) return;
        this.#requireLease();
        const send: Send = inFlight.send(this.#lane, errand);
        const outcome = await send.done;
        if (outcome.state !== 'failed') {
          await recorder.record([send]);
          this.#lane.hasErrand = true;
          return await this.#comeBack();
        }
        const failure = classify(outcome.error);
        if (failure.class !== 'event') {
          this.#lane.maybeWritten += errand.rows.length;
          if ((await this.#backOff(failure, outcome.error)) === 'over') return;
          break;
        }
        recorder.recovered(this.#lane);
        const smaller = await this.#lessOf(errand, failure, outcome.error);
        if (smaller === undefined) return await this.#comeBack();
        errand = smaller;
      }
      if (this.#stop.aborted || !this.#isHeld()) return;
    }
  }

  /** @returns the first half of what was refused, or undefined when the one event was dealt with */
  async #lessOf(errand: Delivery, failure: ClassifiedFailure, error: unknown): Promise<Delivery | undefined> {
    const { recorder, parts } = this.#with;
    const [only] = errand.rows;
    if (errand.rows.length > 1) return firstHalf(errand);
    this.#lane.hasErrand = true;
    if (errand.kind === 'redrive' && only !== undefined) {
      const [{ attempts, wish } = { attempts: 0, wish: null }] = errand.rows;
      await recorder.retryLater(this.#lane, this.#refused(only.seq, failure, error, attempts + 1), wish);
    }
    if (errand.kind === 'replay' && only !== undefined) {
      // It was published once; that it cannot be again must not hold the others up.
      parts.listener({ type: 'replay-skipped', lane: this.#lane.lane, seq: only.seq, code: failure.code });
      const skipped = { ...errand, rows: [], position: only.seq };
      const done = Promise.resolve({ state: 'nothing sent', at: parts.monotonic() } as const);
      await recorder.record([{ lane: this.#lane, delivery: skipped, done, outcome: await done }]);
    }
    return undefined;
  }

  /** The lane's first event, from which the next batch is made to find out whether the broker takes it. */
  async #probe(): Promise<Step | undefined> {
    return await this.#with.reader.firstEventAlone(this.#lane);
  }

  async #park(step: Step, failure: ClassifiedFailure, error: unknown): Promise<void> {
    const parked = [this.#refused(step.rows[0].seq, failure, error, 1)];
    await this.#with.recorder.park(this.#lane, { kind: 'step', step, rows: [], parked });
  }

  #refused(seq: bigint, { code }: ClassifiedFailure, error: unknown, attempts: number): ParkedEvent {
    const { settings, random } = this.#with.parts;
    // At least half of the time, so that a refused event is not tried again at once.
    const most = backoffDelay(settings.parkedRetry, attempts - 1, () => 1);
    const detail = error instanceof Error ? error.message.slice(0, 500) : '';
    return { seq, reason: code, detail, attempts, retryInMs: most / 2 + (random() * most) / 2 };
  }

  /** @returns `over` when the lane is not to be worked on any more, by this task */
  async #backOff(failure: ClassifiedFailure, error: unknown): Promise<'again' | 'over'> {
    // Nobody would tell of its recovery.
    if (!this.#isHeld()) return 'over';
    const { parts, reachability } = this.#with;
    const { settings, listener, random } = parts;
    const lane = this.#lane;
    const before = lane.backingOff;
    // Another cause begins anew: what is at hand now is no outage of long standing.
    const failures = before?.class === failure.class ? before.failures + 1 : 1;
    lane.backingOff = { ...failure, since: before?.since ?? Date.now(), failures };
    if (before === undefined) listener({ type: 'lane-backing-off', lane: lane.lane, error, failure });
    const ended = AbortSignal.any([this.#stop, lane.leaving]);
    await reachability.waitToRetry(lane.lane.topic, error, failures, settings.laneBackoff, random, ended);
    if (this.#stop.aborted || !this.#isHeld()) return 'over';
    if (!lane.leaving.aborted && !lane.isPaused) return 'again';
    await this.#comeBack();
    return 'over';
  }

  async #comeBack(): Promise<void> {
    const { lanes, recorder } = this.#with;
    if (!this.#isHeld()) return;
    if (this.#lane.leaving.aborted) return await lanes.giveBack([this.#lane]);
    // Where what failed is not wanted any more (paused, cancelled), no answer of the broker says it.
    recorder.recovered(this.#lane);
    lanes.rejoin(this.#lane);
  }

  #isHeld(): boolean {
    return this.#with.lanes.isHeld(this.#lane);
  }

  #requireLease(): void {
    const { lease, settings } = this.#with.parts;
    if (!lease.isGoodFor(settings.sendTimeoutMs)) throw new LeaseLapsedError();
  }
}

function firstHalf(errand: Delivery): Delivery {
  const middle = Math.ceil(errand.rows.length / 2);
  switch (errand.kind) {
    case 'redrive':
      return { ...errand, rows: errand.rows.slice(0, middle) };
    case 'replay': {
      const rows = errand.rows.slice(0, middle);
      return { ...errand, rows, position: rows.at(-1)?.seq ?? errand.position, isLast: false };
    }
    case 'step':
      throw new Error('a step is halved with its cursor');
  }
}
