/**
 * A program: reads a whole backlog by the relay's cursor, without Kafka, and appends the progress of every read as the
 * relay does after its sends. Its parent sends it an order and gets the figures back.
 */
import pg from 'pg';
import { type Advance, advanceLanes } from './advance-lanes.sql.ts';
import { type Cursor, plan } from './cursor.ts';
import { readBatch } from './read-batch.sql.ts';
import { RelayDatabase } from './relay-database.ts';
import { defaultRelaySettings } from './relay-settings.ts';

export interface CursorOrder {
  /** As the relay's role. */
  readonly url: string;
}

export interface CursorResult {
  readonly events: number;
  readonly seconds: number;
}

async function readAll({ url }: CursorOrder): Promise<CursorResult> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const database = new RelayDatabase(pool, 60_000, () => undefined);
  const state = await database.query<{ lane: number; epoch: string; snapshot: string }>({
    text: `select l.lane, l.lease_epoch as epoch, p.snapshot::text from outbox_lane l
           join outbox_progress p using (lane) where p.position = 0`,
    values: [],
  });
  const epochs = new Map(state.rows.map(({ lane, epoch }) => [lane, BigInt(epoch)]));
  const cursors = new Map(
    state.rows.map(({ lane, snapshot }): [number, Cursor] => [
      lane,
      { position: 0n, snapshot, floor: 0n, drain: null },
    ]),
  );
  const started = performance.now();
  let events = 0;
  for (;;) {
    const advances: Advance[] = [];
    for (const [lane, read] of await readBatch(database, cursors, defaultRelaySettings.limits)) {
      const cursor = cursors.get(lane);
      if (cursor === undefined) continue;
      const planned = plan(cursor, read);
      cursors.set(lane, planned.cursor);
      for (const { kind, rows, next } of planned.steps) {
        const receipt = { baseOffset: 0n, seqs: rows.map(({ seq }) => seq) };
        const leaseEpoch = epochs.get(lane) ?? 0n;
        advances.push({ lane, leaseEpoch, logGeneration: 0, kind, next, receipt, ackAgeMs: 0 });
        events += rows.length;
      }
    }
    if (advances.length === 0) break;
    await advanceLanes(database, advances);
  }
  const seconds = (performance.now() - started) / 1_000;
  await pool.end();
  return { events, seconds };
}

async function run(order: CursorOrder): Promise<void> {
  const result = await readAll(order);
  process.send?.(result, () => process.exit(0));
}

process.once('disconnect', () => process.exit(1));
process.once('message', (order: CursorOrder) => {
  void run(order); // what it throws ends the process, and its parent hears of that
});
