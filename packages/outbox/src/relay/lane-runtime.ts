import type { Lane } from '../lanes/lane-directory.ts';
import { type Cursor, type LaneRead, plan, type Step } from './cursor.ts';
import type { ClassifiedFailure } from './failure-class.ts';
import type { GrantedLane } from './grant-lanes.sql.ts';

/** Why a lane does not get on. Times are ms since the epoch, by this relay's clock. */
export interface BackingOff extends ClassifiedFailure {
  readonly since: number;
  readonly failures: number;
}

/** One owned lane while a session runs: what is committed, what was read ahead of that, where to read on. */
export class LaneRuntime {
  readonly lane: Lane;
  readonly leaseEpoch: bigint;
  /** Keys with a parked event. What comes after it waits behind it. */
  readonly blocked: Set<string>;
  /** Counts how often Kafka lost the partition's log. */
  logGeneration: number;
  /** Where the next batch stands at the earliest, as far as is known. */
  logEnd: bigint;
  isPaused = false;
  /** Whether there may be parked events to try again, or a replay to go on with. */
  hasErrand = false;
  /** Monotonic time in ms before which no replay goes on: its rate. */
  errandNotBefore = Number.NEGATIVE_INFINITY;
  backingOff: BackingOff | undefined;
  #owesCycle = false;
  #committed: Cursor;
  #readFrom: Cursor;
  #queue: Step[] = [];
  #more = false;
  readonly #leaving = new AbortController();

  constructor(granted: GrantedLane) {
    this.lane = { lane: granted.lane, topic: granted.topic, partition: granted.partition };
    this.leaseEpoch = granted.leaseEpoch;
    this.blocked = new Set(granted.blocked);
    this.logGeneration = granted.logGeneration;
    this.logEnd = granted.logEnd;
    this.#committed = granted.cursor;
    this.#readFrom = granted.cursor;
  }

  /** Aborted when the lane is to be given back after its batch in flight. */
  get leaving(): AbortSignal {
    return this.#leaving.signal;
  }

  leave(): void {
    this.#leaving.abort();
  }

  /**
   * Whether the send slot goes to an errand now. After each errand the lane takes part in a cycle, so that neither new
   * events nor errands wait for the end of the other.
   *
   * @param now monotonic time in ms
   */
  isErrandDue(now: number): boolean {
    if (!this.hasErrand || this.isPaused || now < this.errandNotBefore) return false;
    this.#owesCycle = !this.#owesCycle;
    return this.#owesCycle;
  }

  /** What the database knows: everything up to here is published or parked. */
  get committed(): Cursor {
    return this.#committed;
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

  commit(cursor: Cursor): void {
    this.#committed = cursor;
  }

  /** Forgets what was read ahead; the next read begins after the last committed step. */
  rewind(): void {
    this.#queue = [];
    this.#readFrom = this.#committed;
    this.#more = false;
  }
}
