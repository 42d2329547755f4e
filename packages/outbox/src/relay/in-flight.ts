import { wait } from '@waybill/retry';
import type { Advance } from './advance-lanes.sql.ts';
import type { Step } from './cursor.ts';
import type { LaneRuntime } from './lane-runtime.ts';
import { type SendOutcome, sendStep } from './send-step.ts';
import type { RelayParts } from './relay-parts.ts';

/** A batch on its way; `outcome` is there once `done` has resolved. */
export interface Send {
  readonly lane: LaneRuntime;
  readonly step: Step;
  readonly done: Promise<SendOutcome>;
  outcome: SendOutcome | undefined;
}

/** The batches that were sent and are neither refused nor recorded: what a crash now would repeat. */
export class InFlight {
  readonly #parts: RelayParts;
  readonly #sends = new Set<Send>();

  constructor(parts: RelayParts) {
    this.#parts = parts;
  }

  get events(): number {
    let events = 0;
    for (const send of this.#sends) events += send.step.rows.length;
    return events;
  }

  get lanes(): ReadonlySet<number> {
    return new Set([...this.#sends].map((send) => send.lane.lane.lane));
  }

  send(lane: LaneRuntime, step: Step): Send {
    const { publisher, database, monotonic } = this.#parts;
    const done = sendStep(publisher, lane.lane, step, database.epoch, monotonic).then((outcome) => {
      send.outcome = outcome;
      if (outcome.state === 'failed') this.#sends.delete(send);
      return outcome;
    });
    const send: Send = { lane, step, done, outcome: undefined };
    this.#sends.add(send);
    return send;
  }

  /** The progress of these is committed, or their lanes have another owner. */
  recorded(sends: readonly Send[]): void {
    for (const send of sends) this.#sends.delete(send);
  }

  async allAnswered(): Promise<void> {
    await Promise.all([...this.#sends].map((send) => send.done));
  }
}

/** Waits until all of them have an answer, but no longer than `patienceMs`. */
export async function waitPatiently(sends: readonly Send[], patienceMs: number): Promise<void> {
  const answered = new AbortController();
  await Promise.race([Promise.all(sends.map((send) => send.done)), wait(patienceMs, answered.signal)]);
  answered.abort();
}

/** @param now monotonic time in ms */
export function advancesOf(sends: readonly Send[], now: number): Advance[] {
  return sends.flatMap(({ lane, step, outcome }) => {
    if (outcome?.state !== 'acknowledged') return [];
    const { leaseEpoch, logGeneration } = lane;
    const { baseOffset, at } = outcome;
    return [{ lane: lane.lane.lane, leaseEpoch, logGeneration, step, baseOffset, ackAgeMs: now - at }];
  });
}
