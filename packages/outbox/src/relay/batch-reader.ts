import type { Cursor, LaneRead } from './cursor.ts';
import { type OutboxRow, READ_LONG, READ_SHORT, type ReadLimits } from './read-batch.sql.ts';
import { asText, type Queryable } from './relay-database.ts';

/**
 * A row of the answer, every column as the text that it comes as: what is not read need not be made. The one with the
 * snapshot has nothing else; one without a `seq` beside it says that there is more of its kind.
 */
type ReadRow = readonly [
  lane: string,
  snapshot: string | null,
  late: 't' | null,
  seq: string | null,
  key: string,
  payload: string,
  headers: string,
];

/** Reads that are made for events of any length after one that was too long for the other. */
const READS_AFTER_A_LONG_EVENT = 20;

/** Reads the outbox on from a cursor. */
export class BatchReader {
  readonly #database: Queryable;
  #longReads = 0;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** @returns what was found for each lane that was asked for, all at one snapshot */
  async read(cursors: ReadonlyMap<number, Cursor>, limits: ReadLimits): Promise<Map<number, LaneRead>> {
    if (this.#longReads === 0) {
      const reads = byLane(await this.#rowsOf('outbox-read-short', READ_SHORT, cursors, limits));
      if (!reads.values().some((read) => read.freshMore)) {
        for (const read of reads.values()) read.freshMore = read.fresh.length === limits.rows;
        return reads;
      }
      this.#longReads = READS_AFTER_A_LONG_EVENT;
    }
    this.#longReads -= 1;
    return byLane(await this.#rowsOf('outbox-read-long', READ_LONG, cursors, limits));
  }

  async #rowsOf(
    name: string,
    text: string,
    cursors: ReadonlyMap<number, Cursor>,
    limits: ReadLimits,
  ): Promise<ReadRow[]> {
    const lanes = [...cursors];
    const { rows } = await this.#database.query<ReadRow>({
      name,
      rowMode: 'array',
      types: asText,
      text,
      values: [
        lanes.map(([lane]) => lane),
        lanes.map(([, cursor]) => cursor.position),
        lanes.map(([, cursor]) => cursor.snapshot),
        lanes.map(([, cursor]) => cursor.floor),
        lanes.map(([, cursor]) => cursor.drain?.after ?? null),
        lanes.map(([, cursor]) => cursor.drain?.until ?? null),
        limits.rows,
        limits.bytes,
      ],
    });
    return rows;
  }
}

interface MutableRead {
  snapshot: string;
  late: OutboxRow[];
  lateMore: boolean;
  fresh: OutboxRow[];
  freshMore: boolean;
}

function byLane(rows: readonly ReadRow[]): Map<number, MutableRead> {
  const reads = new Map<string, MutableRead>();
  for (const [lane, snapshot, late, seq, key, payload, headers] of rows) {
    let read = reads.get(lane);
    if (read === undefined) {
      read = { snapshot: '', late: [], lateMore: false, fresh: [], freshMore: false };
      reads.set(lane, read);
    }
    if (snapshot !== null) read.snapshot = snapshot;
    else if (seq !== null) {
      (late === 't' ? read.late : read.fresh).push({ seq: BigInt(seq), key, payload, headers });
    } else if (late === 't') read.lateMore = true;
    else read.freshMore = true;
  }
  for (const read of reads.values()) {
    inOrder(read.late);
    inOrder(read.fresh);
  }
  return new Map([...reads].map(([lane, read]) => [Number(lane), read]));
}

/** Without `order by` a plan may give rows in any order, although those of today give them as they are wanted. */
function inOrder(rows: OutboxRow[]): void {
  const isSorted = rows.every((row, index) => index === 0 || (rows[index - 1]?.seq ?? row.seq) < row.seq);
  if (!isSorted) rows.sort((a, b) => (a.seq < b.seq ? -1 : 1));
}
