import { BatchReader } from './batch-reader.ts';
import type { Cursor, LaneRead, Step } from './cursor.ts';
import type { Wanted } from './doorbell.ts';
import type { LaneRuntime } from './lane-runtime.ts';
import { nextTurn } from './next-turn.ts';
import type { ReadLimits } from './read-batch.sql.ts';
import type { RelayParts } from './relay-parts.ts';

interface Reading {
  readonly cursors: ReadonlyMap<number, Cursor>;
  readonly reads: Promise<ReadonlyMap<number, LaneRead>>;
}

/** Fills the queues of lanes from the outbox, one statement for all of them, if need be while batches are sent. */
export class LaneReader {
  readonly #outbox: BatchReader;
  readonly #limits: ReadLimits;
  #ahead: Reading | undefined;

  constructor({ database, settings }: RelayParts) {
    this.#outbox = new BatchReader(database);
    this.#limits = settings.limits;
  }

  /**
   * Takes what was read ahead, else reads those that are wanted now. A lane that has meanwhile gone back, left or been
   * granted anew is at another cursor than the one read from, and gets nothing.
   */
  async fill(lanes: ReadonlyMap<number, LaneRuntime>, wanted: Wanted): Promise<void> {
    const { cursors, reads } = this.#ahead ?? this.#read(lanes, wanted);
    this.#ahead = undefined;
    for (const [number, read] of await reads) {
      const lane = lanes.get(number);
      if (lane !== undefined && lane.readFrom === cursors.get(number)) lane.accept(read);
    }
  }

  /**
   * Begins to read what follows the steps already taken; the next {@link fill} gets it. Resolves when the statement is
   * on its way to the database.
   */
  async readAhead(lanes: ReadonlyMap<number, LaneRuntime>): Promise<void> {
    this.#ahead = this.#read(lanes, 'all');
    this.#ahead.reads.catch(() => {
      // The fill that takes it gets its error; a session that ends before would leave it unhandled.
    });
    await nextTurn();
  }

  /** The first event that a lane has to send, or undefined when there is none. */
  async firstEventAlone(lane: LaneRuntime): Promise<Step | undefined> {
    const { lane: number } = lane.lane;
    const reads = await this.#outbox.read(new Map([[number, lane.boundedReadFrom]]), {
      ...this.#limits,
      rows: 1,
    });
    const read = reads.get(number);
    if (read !== undefined) lane.accept(read);
    return lane.takeStep();
  }

  #read(lanes: ReadonlyMap<number, LaneRuntime>, wanted: Wanted): Reading {
    const asked = [...lanes].filter(([number]) => wanted === 'all' || wanted.has(number));
    for (const [, lane] of asked) if (lane.hasQueuedSteps) lane.passOver();
    const wanting = asked.filter(([, lane]) => !lane.hasQueuedSteps && !lane.isPaused);
    const cursors = new Map(wanting.map(([number, lane]) => [number, lane.readFrom]));
    const bounded = new Map(wanting.map(([number, lane]) => [number, lane.boundedReadFrom]));
    const reads =
      wanting.length === 0
        ? Promise.resolve(new Map<number, LaneRead>())
        : this.#outbox.read(bounded, this.#limits);
    return { cursors, reads };
  }
}
