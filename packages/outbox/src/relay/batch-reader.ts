import type { BoundedCursor, LaneRead } from './cursor.ts';
import { type OutboxRow, READ_LONG, READ_SHORT, type ReadLimits } from './read-batch.sql.ts';
import { asText, type Queryable } from './relay-database.ts';

/**
 * A row of the answer, every column as the text that it comes as: what is not read need not be made. The one with the
 * snapshot has nothing else; of the others one without a `seq` is no event but says something of its kind.
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

/** How many reads are made for events of any length after one that was not worth its while for short ones. */
const LONG_READS = 20;

/** Reads the outbox on from a cursor: by the cheaper statement as long as the events are short. */
export class BatchReader {
  readonly #database: Queryable;
  #longReads = 0;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** @returns what was found for each lane that was asked for, all at one snapshot */
  async read(
    cursors: ReadonlyMap<number, BoundedCursor>,
    limits: ReadLimits,
  ): Promise<Map<number, LaneRead>> {
    if (this.#longReads === 0) {
      const answers = byLane(await this.#rowsOf('outbox-read-short', READ_SHORT, cursors, limits));
      const reads = mapped(answers, (answer) => shortRead(answer, limits));
      const isWithheld = answers.values().some(({ freshMark }) => freshMark);
      if (isWithheld || reads.values().some(({ isCut }) => isCut)) this.#longReads = LONG_READS;
      if (!isWithheld) return reads;
    }
    this.#longReads -= 1;
    const answers = byLane(await this.#rowsOf('outbox-read-long', READ_LONG, cursors, limits));
    return mapped(answers, (answer) => ({ ...answer, freshMore: answer.freshMark }));
  }

  async #rowsOf(
    name: string,
    text: string,
    cursors: ReadonlyMap<number, BoundedCursor>,
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
        lanes.map(([, cursor]) => cursor.lateBefore),
        limits.rows,
        limits.bytes,
      ],
    });
    return rows;
  }
}

/** What came of one lane. */
interface Answer {
  snapshot: string;
  readonly late: OutboxRow[];
  lateMore: boolean;
  readonly fresh: OutboxRow[];
  /** Whether there was a fresh row without an event: {@link READ_SHORT} and {@link READ_LONG} say what it means. */
  freshMark: boolean;
}

function byLane(rows: readonly ReadRow[]): Map<number, Answer> {
  const answers = new Map<string, Answer>();
  for (const [lane, snapshot, late, seq, key, payload, headers] of rows) {
    let answer = answers.get(lane);
    if (answer === undefined) {
      answer = { snapshot: '', late: [], lateMore: false, fresh: [], freshMark: false };
      answers.set(lane, answer);
    }
    if (snapshot !== null) answer.snapshot = snapshot;
    else if (seq !== null) {
      (late === 't' ? answer.late : answer.fresh).push({ seq: BigInt(seq), key, payload, headers });
    } else if (late === 't') answer.lateMore = true;
    else answer.freshMark = true;
  }
  for (const answer of answers.values()) {
    inOrder(answer.late);
    inOrder(answer.fresh);
  }
  return new Map([...answers].map(([lane, answer]) => [Number(lane), answer]));
}

/** As many fresh rows as fit, at least one; `isCut` when the limit of bytes left some out. A full read may have more behind. */
function shortRead(answer: Answer, { rows, bytes }: ReadLimits): LaneRead & { readonly isCut: boolean } {
  const { fresh } = answer;
  let room = bytes;
  const beyond = fresh.findIndex((row, index) => {
    room -= Buffer.byteLength(row.payload) + Buffer.byteLength(row.key) + Buffer.byteLength(row.headers);
    return room < 0 && index > 0;
  });
  const isCut = beyond !== -1;
  return {
    ...answer,
    fresh: isCut ? fresh.slice(0, beyond) : fresh,
    freshMore: isCut || fresh.length === rows,
    isCut,
  };
}

function mapped<Key, From, To>(map: ReadonlyMap<Key, From>, to: (value: From) => To): Map<Key, To> {
  return new Map([...map].map(([key, value]) => [key, to(value)]));
}

/** Without `order by` a plan may give rows in any order, although those of today give them as they are wanted. */
function inOrder(rows: OutboxRow[]): void {
  const isSorted = rows.every((row, index) => index === 0 || (rows[index - 1]?.seq ?? row.seq) < row.seq);
  if (!isSorted) rows.sort((a, b) => (a.seq < b.seq ? -1 : 1));
}
