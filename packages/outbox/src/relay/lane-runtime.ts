import type { Lane } from '../lanes/lane-directory.ts';
import type { ClaimedLane } from './claim-lanes.sql.ts';
import type { Cursor, LaneRead, Step } from './cursor.ts';
import { plan } from './cursor.ts';

/** One owned lane while a session runs: what is committed, what was read ahead of that, where to read on. */
export class LaneRuntime {
  readonly lane: Lane;
  readonly leaseEpoch: bigint;
  readonly logGeneration: number;
  #committed: Cursor;
  #readFrom: Cursor;
  #queue: Step[] = [];
  #more = false;

  constructor(claimed: ClaimedLane) {
    this.lane = { lane: claimed.lane, topic: claimed.topic, partition: claimed.partition };
    this.leaseEpoch = claimed.leaseEpoch;
    this.logGeneration = claimed.logGeneration;
    this.#committed = claimed.cursor;
    this.#readFrom = claimed.cursor;
  }

  /** Where the next read begins: after everything that is queued or being sent. */
  get readFrom(): Cursor {
    return this.#readFrom;
  }

  get hasQueuedSteps(): boolean {
    return this.#queue.length > 0;
  }

  /** Whether the newest read left rows behind because of its limits. */
  get hasMore(): boolean {
    return this.#more;
  }

  accept(read: LaneRead): void {
    const { steps, cursor } = plan(this.#readFrom, read);
    this.#queue.push(...steps);
    this.#readFrom = cursor;
    this.#more = read.freshMore || read.lateMore || cursor.drain !== null;
  }

  takeStep(): Step | undefined {
    return this.#queue.shift();
  }

  commit(step: Step): void {
    this.#committed = step.next;
  }

  /** Forgets what was read ahead; the next read begins after the last committed step. */
  rewind(): void {
    this.#queue = [];
    this.#readFrom = this.#committed;
    this.#more = false;
  }
}
