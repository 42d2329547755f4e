import type { Lane } from '../lanes/lane-directory.ts';
import { type Cursor, type LaneRead, plan, type Step } from './cursor.ts';
import type { GrantedLane } from './grant-lanes.sql.ts';

/** One owned lane while a session runs: what is committed, what was read ahead of that, where to read on. */
export class LaneRuntime {
  readonly lane: Lane;
  readonly leaseEpoch: bigint;
  readonly logGeneration: number;
  #committed: Cursor;
  #readFrom: Cursor;
  #queue: Step[] = [];
  #more = false;
  readonly #leaving = new AbortController();
  #isPaused = false;

  constructor(granted: GrantedLane) {
    this.lane = { lane: granted.lane, topic: granted.topic, partition: granted.partition };
    this.leaseEpoch = granted.leaseEpoch;
    this.logGeneration = granted.logGeneration;
    this.#committed = granted.cursor;
    this.#readFrom = granted.cursor;
  }

  /** Aborted when the lane is to be given back after its batch in flight. */
  get leaving(): AbortSignal {
    return this.#leaving.signal;
  }

  /** Whether an operator holds the lane back. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
  }

  leave(): void {
    this.#leaving.abort();
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
