import type { Delivery } from './delivery.ts';
import type { LaneRuntime } from './lane-runtime.ts';
import type { RelayParts } from './relay-parts.ts';
import { sendDelivery, type SendOutcome } from './send-delivery.ts';

/** A batch on its way; `outcome` is there once `done` has resolved. */
export interface Send<D extends Delivery = Delivery> {
  readonly lane: LaneRuntime;
  readonly delivery: D;
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
    for (const send of this.#sends) events += send.delivery.rows.length;
    return events;
  }

  get lanes(): ReadonlySet<number> {
    return new Set([...this.#sends].map((send) => send.lane.lane.lane));
  }

  send<D extends Delivery>(lane: LaneRuntime, delivery: D): Send<D> {
    const done = sendDelivery(this.#parts, lane.lane, delivery).then((outcome) => {
      send.outcome = outcome;
      if (outcome.state === 'failed') this.#sends.delete(send);
      return outcome;
    });
    const send: Send<D> = { lane, delivery, done, outcome: undefined };
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
  const patience = Promise.withResolvers<void>();
  // Not `wait` with a signal: aborting that makes an error with its stack, 60 µs between the answers and every commit.
  const timer = setTimeout(patience.resolve, patienceMs);
  await Promise.race([Promise.all(sends.map((send) => send.done)), patience.promise]);
  clearTimeout(timer);
}

/** Whether the delivery got as far as it can: what it came to may be recorded. */
export function isSettled({ outcome }: Send): boolean {
  return outcome !== undefined && outcome.state !== 'failed';
}
