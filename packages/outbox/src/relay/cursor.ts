import type { OutboxRow } from './read-batch.sql.ts';

/**
 * How far a lane is published: every row with `floor < seq <= position` that is visible in `snapshot` (text form of
 * pg_snapshot), and every row at or below `least(position, floor)`. Rows at or below the position that the snapshot
 * does not show committed late; the next read finds them by their transaction id.
 *
 * `drain` is set while more late rows are under way than one read may take: those visible in `until` are sent in seq
 * order, and `after` is the last one sent.
 */
export interface Cursor {
  readonly position: bigint;
  readonly snapshot: string;
  readonly floor: bigint;
  readonly drain: { readonly after: bigint; readonly until: string } | null;
}

/**
 * A cursor and a transaction id (text form of xid8) that no late row has, nor any above it; null while the position is
 * not stored. It is that of the transaction which first stored the position, or of any later one: each was assigned when
 * the row at the position had been read. Whoever got an id after that drew a number later still, as the table evaluates
 * its defaults in the order of its columns, and sequence values rise (cache 1): its rows are beyond the position. The
 * writer's role may set neither of the two.
 */
export interface BoundedCursor extends Cursor {
  readonly lateBefore: string | null;
}

/** What one read found for one lane, all at one snapshot. Both lists are in seq order. */
export interface LaneRead {
  /** The snapshot that the read saw, as text. */
  readonly snapshot: string;
  /** Rows behind the position that committed since the cursor's snapshot. */
  readonly late: readonly OutboxRow[];
  /** Whether there are late rows beyond the limits of this read. */
  readonly lateMore: boolean;
  /** Rows beyond the position; empty while draining. */
  readonly fresh: readonly OutboxRow[];
  /** Whether there may be fresh rows beyond the limits of this read. */
  readonly freshMore: boolean;
}

/** Rows that go to Kafka as one batch, and the cursor that holds once they are there. */
export interface Step {
  /**
   * `fresh` rows follow everything that was read before, so that their receipts stand in seq order. `late` rows lie
   * scattered behind: they committed late, or come once more after a restore.
   */
  readonly kind: 'fresh' | 'late';
  readonly rows: readonly [OutboxRow, ...OutboxRow[]];
  readonly next: Cursor;
}

/** The steps of one read, to be taken in order, and the cursor to read on from after the last of them. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly cursor: Cursor;
}

/**
 * Late rows go first and as a batch of their own: a later version of the same key may be among the fresh ones.
 * After them the cursor is at the old position but at the new snapshot, which is a true statement by itself, so a
 * crash between the two batches repeats neither.
 */
export function plan(cursor: Cursor, read: LaneRead): Plan {
  const steps: Step[] = [];
  let at = cursor;

  if (read.lateMore || cursor.drain !== null) {
    at = afterDrainedBatch(cursor, read);
    if (isNotEmpty(read.late)) steps.push({ kind: 'late', rows: read.late, next: at });
    return { steps, cursor: at };
  }

  at = { ...at, snapshot: read.snapshot };
  if (isNotEmpty(read.late)) steps.push({ kind: 'late', rows: read.late, next: at });
  const lastFresh = read.fresh.at(-1);
  if (lastFresh !== undefined && isNotEmpty(read.fresh)) {
    at = { ...at, position: lastFresh.seq };
    // Up to the floor of a restored database, receipts may be there already.
    const kind = read.fresh[0].seq <= cursor.floor ? 'late' : 'fresh';
    steps.push({ kind, rows: read.fresh, next: at });
  }
  return { steps, cursor: at };
}

/**
 * The two halves of a step, each with the cursor that holds once it is there: where a batch was refused, they are
 * tried apart. Half of a late step is a drain that has come so far.
 *
 * @param step of at least two rows
 * @param from the cursor that is committed when the step begins
 */
export function halve(step: Step, from: Cursor): readonly [Step, Step] | undefined {
  const middle = Math.ceil(step.rows.length / 2);
  const first = step.rows.slice(0, middle);
  const second = step.rows.slice(middle);
  const last = first.at(-1);
  if (last === undefined || !isNotEmpty(first) || !isNotEmpty(second)) return undefined;
  return [
    { kind: step.kind, rows: first, next: cursorWithin(step, from, last.seq) },
    { kind: step.kind, rows: second, next: step.next },
  ];
}

function cursorWithin({ next, rows }: Step, from: Cursor, seq: bigint): Cursor {
  const isBeyond = rows[0].seq > from.position;
  if (isBeyond) return { ...next, position: seq };
  return { ...from, drain: { after: seq, until: next.drain?.until ?? next.snapshot } };
}

/** The drain is against one snapshot: rows that commit meanwhile wait for the next read, or the order would slip. */
function afterDrainedBatch(cursor: Cursor, read: LaneRead): Cursor {
  const until = cursor.drain?.until ?? read.snapshot;
  const last = read.late.at(-1);
  if (read.lateMore && last !== undefined) return { ...cursor, drain: { after: last.seq, until } };
  return { ...cursor, snapshot: until, drain: null };
}

function isNotEmpty(rows: readonly OutboxRow[]): rows is readonly [OutboxRow, ...OutboxRow[]] {
  return rows.length > 0;
}
