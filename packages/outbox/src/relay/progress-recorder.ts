import { type Advance, advanceLanes } from './advance-lanes.sql.ts';
import type { Delivery, ParkedEvent, ParkedRow, RedriveDelivery, StepDelivery } from './delivery.ts';
import type { HeldLanes } from './held-lanes.ts';
import { type InFlight, isSettled, type Send } from './in-flight.ts';
import type { LaneRuntime } from './lane-runtime.ts';
import { fenceLane, type LogLoss, noteLogLoss, pauseLane } from './lost-log.sql.ts';
import { parkEvents, retryLater, unparkEvents } from './parked-events.sql.ts';
import type { Queryable } from './relay-database.ts';
import type { RelayParts } from './relay-parts.ts';
import { advanceReplay, requestRepublish } from './replays.sql.ts';

/**
 * Commits what sends came to. Lanes whose batches are plain share one statement; one that parks, redrives, replays or
 * comes upon a lost log has a transaction of its own. Either way the lane's lease epoch is checked in the same
 * transaction, and a lane that another relay owns is let go.
 */
export class ProgressRecorder {
  readonly #parts: RelayParts;
  readonly #lanes: HeldLanes;
  readonly #inFlight: InFlight;

  constructor(parts: RelayParts, lanes: HeldLanes, inFlight: InFlight) {
    this.#parts = parts;
    this.#lanes = lanes;
    this.#inFlight = inFlight;
  }

  /** Of those sends that are settled; the others stay in flight. */
  async record(sends: readonly Send[]): Promise<void> {
    // Taken now: a send that went on alone may be acknowledged while the progress of the others is committed.
    const settled = sends.filter(isSettled);
    // Both before anything is recorded, which changes what counts as plain.
    const plain = settled.filter(isPlain);
    const special = settled.filter((send) => !isPlain(send));
    if (plain.length > 0) {
      const now = this.#parts.monotonic();
      const advances = plain.map((send) => advanceOf(send, now));
      const committed = await advanceLanes(this.#parts.database, advances);
      this.#inFlight.recorded(plain);
      this.#conclude(plain, committed);
    }
    for (const send of special) await this.#recordAlone(send);
  }

  /** Puts one event aside that the broker refused, and moves on. */
  async park(lane: LaneRuntime, delivery: StepDelivery): Promise<void> {
    const done = Promise.resolve({ state: 'nothing sent', at: this.#parts.monotonic() } as const);
    await this.#recordAlone({ lane, delivery, done, outcome: await done });
  }

  /** A parked event was refused once more. */
  async retryLater(lane: LaneRuntime, event: ParkedEvent, tried: ParkedRow['wish']): Promise<void> {
    const { lane: number } = lane.lane;
    const isOurs = await this.#parts.database.transaction(async (transaction) => {
      if (!(await fenceLane(transaction, number, lane.leaseEpoch))) return false;
      await retryLater(transaction, number, event, tried);
      return true;
    });
    if (!isOurs && this.#lanes.isHeld(lane)) this.#lanes.letGo([number]);
  }

  #conclude(sends: readonly Send[], committed: ReadonlyMap<number, string>): void {
    const lost: number[] = [];
    for (const { lane, delivery, outcome } of sends) {
      const lateBefore = committed.get(lane.lane.lane);
      if (lateBefore !== undefined) {
        if (delivery.kind === 'step') lane.commit(delivery.step.next, lateBefore);
        if (outcome?.state === 'acknowledged') {
          lane.logEnd = endOf(outcome.baseOffset, delivery);
          lane.maybeWritten = 0;
          this.recovered(lane);
        }
      } else if (this.#lanes.isHeld(lane)) lost.push(lane.lane.lane);
    }
    this.#lanes.letGo(lost);
  }

  /** The broker answers the lane again, be it with a refusal, or nothing is asked of it that it failed to do. */
  recovered(lane: LaneRuntime): void {
    if (lane.backingOff === undefined) return;
    const { failures } = lane.backingOff;
    lane.backingOff = undefined;
    this.#parts.listener({ type: 'lane-recovered', lane: lane.lane, failures });
  }

  async #recordAlone(send: Send): Promise<void> {
    const { lane, delivery } = send;
    const { lane: number } = lane.lane;
    const loss = lossBy(send);
    const advance = {
      ...advanceOf(send, this.#parts.monotonic()),
      ...(loss && { logGeneration: loss.logGeneration }),
    };
    let left = 0;
    const committed = await this.#parts.database.transaction(async (transaction) => {
      const advanced = await advanceLanes(transaction, [advance]);
      if (!advanced.has(number)) return advanced;
      if (delivery.kind === 'step') await parkEvents(transaction, number, delivery.parked);
      if (delivery.kind === 'redrive') left = await this.#unpark(transaction, number, delivery);
      if (delivery.kind === 'replay') {
        const { replayId, rows, position, isLast } = delivery;
        await advanceReplay(transaction, replayId, { position, sent: rows.length, isLast });
      }
      if (loss !== undefined) await this.#noteLoss(transaction, loss, advance.next.position);
      return advanced;
    });
    this.#inFlight.recorded([send]);
    this.#conclude([send], committed);
    if (committed.has(number)) this.#settle(send, loss, left);
  }

  async #unpark(transaction: Queryable, lane: number, { key, rows }: RedriveDelivery) {
    return await unparkEvents(transaction, lane, key, rows, this.#actor);
  }

  async #noteLoss(transaction: Queryable, loss: LogLoss, position: bigint): Promise<void> {
    const { onLogLoss, republishPerSecond } = this.#parts.settings;
    await noteLogLoss(transaction, loss, this.#actor);
    if (onLogLoss === 'pause') {
      await pauseLane(transaction, loss.lane, this.#actor, 'Kafka lost the log');
    } else await requestRepublish(transaction, loss, position, republishPerSecond, this.#actor);
  }

  /** What the commit means for the lane in memory, and for those who listen. */
  #settle({ lane, delivery }: Send, loss: LogLoss | undefined, left: number): void {
    const { listener, settings } = this.#parts;
    if (delivery.kind === 'step') {
      const parked = new Set(delivery.parked.map(({ seq }) => seq));
      for (const { seq, key } of delivery.step.rows) {
        const first = lane.blocked.get(key);
        if (parked.has(seq) && (first === undefined || seq < first)) lane.blocked.set(key, seq);
      }
      const refused = delivery.parked.filter(({ attempts }) => attempts > 0);
      for (const event of refused) listener({ type: 'event-parked', lane: lane.lane, event });
    }
    if (delivery.kind === 'redrive') {
      if (left === 0) lane.blocked.delete(delivery.key);
      listener({ type: 'parked-events-published', lane: lane.lane, ...countsOf(delivery.rows), left });
    }
    if (delivery.kind === 'replay' && delivery.isLast) {
      listener({ type: 'replay-finished', lane: lane.lane, replay: delivery.replayId });
    }
    if (loss === undefined) return;
    lane.logGeneration = loss.logGeneration;
    if (settings.onLogLoss === 'pause') lane.pauseAt(this.#parts.monotonic());
    else lane.hasErrand = true;
    listener({ type: 'log-lost', ...loss, lane: lane.lane, policy: settings.onLogLoss });
  }

  get #actor(): string {
    return `relay ${this.#parts.settings.relayId}`;
  }
}

/** Whether the lane's progress is all there is to write. */
function isPlain({ lane, delivery, outcome }: Send): boolean {
  return (
    delivery.kind === 'step' &&
    delivery.parked.length === 0 &&
    outcome?.state === 'acknowledged' &&
    outcome.baseOffset >= lane.logEnd
  );
}

/** @param now monotonic time in ms */
function advanceOf({ lane, delivery, outcome }: Send, now: number): Advance {
  const next = delivery.kind === 'step' ? delivery.step.next : lane.committed;
  return {
    lane: lane.lane.lane,
    leaseEpoch: lane.leaseEpoch,
    logGeneration: lane.logGeneration,
    kind: delivery.kind === 'step' ? delivery.step.kind : delivery.kind,
    next,
    lateBefore: lane.lateBeforeAt(next.position),
    receipt:
      outcome?.state === 'acknowledged'
        ? { baseOffset: outcome.baseOffset, seqs: delivery.rows.map(({ seq }) => seq) }
        : null,
    ackAgeMs: outcome?.state === 'acknowledged' ? now - outcome.at : 0,
  };
}

function endOf(baseOffset: bigint, { rows }: Delivery): bigint {
  return baseOffset + BigInt(rows.length);
}

/** An offset below what receipts name already: the broker's log is not the one that they speak of. */
function lossBy({ lane, outcome }: Send): LogLoss | undefined {
  if (outcome?.state !== 'acknowledged' || outcome.baseOffset >= lane.logEnd) return undefined;
  return {
    lane: lane.lane.lane,
    logGeneration: lane.logGeneration + 1,
    // What was sent before and never recorded may stand below it.
    baseOffset: notBelowZero(outcome.baseOffset - BigInt(lane.maybeWritten)),
    lostTo: lane.logEnd - 1n,
  };
}

function notBelowZero(offset: bigint): bigint {
  return offset < 0n ? 0n : offset;
}

function countsOf(rows: readonly ParkedRow[]): { readonly published: number; readonly discarded: number } {
  const discarded = rows.filter(({ wish }) => wish === 'discard').length;
  return { published: rows.length - discarded, discarded };
}
