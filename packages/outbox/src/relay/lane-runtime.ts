import type { Lane } from '../lanes/lane-directory.ts';
import { type BoundedCursor, type Cursor, halve, type LaneRead, plan, type Step } from './cursor.ts';
import type { ClassifiedFailure } from './failure-class.ts';
import type { GrantedLane } from './grant-lanes.sql.ts';
import type { OutboxRow } from './read-batch.sql.ts';

/** Why a lane does not get on. Times are ms since the epoch, by this relay's clock. */
export interface BackingOff extends ClassifiedFailure {
  readonly since: number;
  readonly failures: number;
}

/** One owned lane while a session runs: what is committed, what was read ahead of that, where to read on. */
export class LaneRuntime {
  readonly lane: Lane;
  readonly leaseEpoch: bigint;
  /** Keys with a parked event, and where the first one of them stood at the earliest. What comes after it waits behind it. */
  readonly blocked: Map<string, bigint>;
  /** Counts how often Kafka lost the partition's log. */
  logGeneration: number;
  /** Where the next batch stands at the earliest, as far as is known. */
  logEnd: bigint;
  /** Rows that may stand in the log without a receipt: sent without an answer, or by an owner that crashed. */
  maybeWritten: number;
  #isPaused = false;
  #pausedAt = Number.NEGATIVE_INFINITY;
  /** Whether there may be parked events to try again, or a replay to go on with. */
  hasErrand = false;
  /** Monotonic time in ms before which no replay goes on: its rate. */
  errandNotBefore = Number.NEGATIVE_INFINITY;
  backingOff: BackingOff | undefined;
  #owesCycle = false;
  #committed: Cursor;
  #lateBefore: string;
  #readFrom: Cursor;
  #queue: Step[] = [];
  #isTaken = false;
  #batchSize = Number.POSITIVE_INFINITY;
  #more = false;
  #isPassedOver = false;
  readonly #leaving = new AbortController();

  /** @param batchRows of the largest batch that an earlier owner may have sent and not recorded */
  constructor(granted: GrantedLane, batchRows: number) {
    this.lane = { lane: granted.lane, topic: granted.topic, partition: granted.partition };
    this.leaseEpoch = granted.leaseEpoch;
    this.blocked = new Map(granted.blocked);
    this.logGeneration = granted.logGeneration;
    this.logEnd = granted.logEnd;
    this.maybeWritten = batchRows;
    this.#committed = granted.cursor;
    this.#lateBefore = granted.lateBefore;
    this.#readFrom = granted.cursor;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** @param now monotonic time in ms, of a pause that this relay itself has just committed */
  pauseAt(now: number): void {
    this.#isPaused = true;
    this.#pausedAt = now;
  }

  /** @param askedAt monotonic time in ms before the database was asked; what it said then may be older than a pause */
  setPaused(isPaused: boolean, askedAt: number): 'resumed' | undefined {
    if (askedAt <= this.#pausedAt) return undefined;
    const wasPaused = this.#isPaused;
    this.#isPaused = isPaused;
    return wasPaused && !isPaused ? 'resumed' : undefined;
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

  /** {@link readFrom} for the read itself. */
  get boundedReadFrom(): BoundedCursor {
    return { ...this.#readFrom, lateBefore: this.lateBeforeAt(this.#readFrom.position) };
  }

  /** {@link BoundedCursor.lateBefore} of a position: known of the one that is committed. */
  lateBeforeAt(position: bigint): string | null {
    return position === this.#committed.position ? this.#lateBefore : null;
  }

  get hasQueuedSteps(): boolean {
    return this.#queue.length > 0;
  }

  /** Whether the newest read may have left rows behind because of its limits. */
  get hasMore(): boolean {
    return this.#more;
  }

  /** A read that was to include the lane left it out, for what was queued: by the end of that there may be more. */
  passOver(): void {
    this.#isPassedOver = true;
  }

  /** Whether there is something to do for the lane as soon as it is not busy. */
  get hasWork(): boolean {
    return (
      this.hasQueuedSteps || this.hasMore || this.#isPassedOver || this.hasErrand || this.leaving.aborted
    );
  }

  accept(read: LaneRead): void {
    const { steps, cursor } = plan(this.#readFrom, read);
    this.#queue.push(...steps);
    this.#readFrom = cursor;
    this.#isPassedOver = false;
    this.#more = read.freshMore || read.lateMore || cursor.drain !== null;
  }

  /**
   * The next step, no larger than what the broker took of this lane so far.
   *
   * @throws Error while the one before is neither committed nor given up: the position would pass its rows by
   */
  takeStep(): Step | undefined {
    const step = this.#queue.shift();
    if (step === undefined) return undefined;
    if (this.#isTaken) {
      throw new Error(`lane ${this.lane.lane}: the batch before this one is neither committed nor given up`);
    }
    this.#isTaken = true;
    if (this.#batchSize === Number.POSITIVE_INFINITY) return step;
    const [first, ...rest] = this.inSizes(step);
    this.#queue.unshift(...rest);
    return first;
  }

  /** The step in pieces that the broker may take; the first one begins at the committed cursor. */
  inSizes(step: Step): readonly Step[] {
    if (sizeOf(step.rows) <= this.#batchSize) return [step];
    const halves = halve(step, this.#committed);
    if (halves === undefined) return [step];
    return [...this.inSizes(halves[0]), halves[1]];
  }

  /** A batch of several events was refused: half of it is the most that is sent from now on, by this owner. */
  wasTooMuch(rows: readonly OutboxRow[]): void {
    if (rows.length > 1) this.#batchSize = Math.min(this.#batchSize, sizeOf(rows) / 2);
  }

  commit(cursor: Cursor, lateBefore: string): void {
    this.#committed = cursor;
    this.#lateBefore = lateBefore;
    this.#isTaken = false;
  }

  /** Forgets what was read ahead; the next read begins after the last committed step. */
  rewind(): void {
    this.#queue = [];
    this.#isTaken = false;
    this.#readFrom = this.#committed;
    this.#more = false;
  }
}

/** Characters rather than bytes: it is a measure to halve by, and the same on both sides. */
function sizeOf(rows: readonly OutboxRow[]): number {
  return rows.reduce(
    (sum, { key, payload, headers }) => sum + key.length + payload.length + headers.length,
    0,
  );
}
