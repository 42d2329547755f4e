/**
 * A program: reads a whole backlog by the relay's cursor, without Kafka. The rows are made but not handed over, so that
 * the read alone is measured and not what a client needs to decode it. Its parent sends it an order and gets the
 * figures back.
 */
import pg from 'pg';
import { READ_SHORT } from './read-batch.sql.ts';
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

/**
 * What the cursor needs of a read, and the bytes that would have been handed over. It holds for events whose batches are
 * limited by their number: of those too long for a read of short ones its parent misses some.
 */
const READ_ON_THE_SERVER = `
select lane, max(snapshot) as snapshot, count(seq)::integer as events, max(seq) as position,
       sum(octet_length(key) + octet_length(payload) + octet_length(headers)) as bytes
from (${READ_SHORT}) read group by lane`;

interface LaneProgress {
  lane: number;
  snapshot: string;
  events: number;
  position: string | null;
}

async function readAll({ url }: CursorOrder): Promise<CursorResult> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const database = new RelayDatabase(pool, 60_000, () => undefined);
  // The sums above would be made from rows that were sorted by lane, whole: more than a tenth of the time, and nothing
  // that a relay needs. Without a sort they are made from rows as they come.
  await database.query({ text: `select set_config('enable_sort', 'off', false)`, values: [] });
  const { rows } = await database.query<LaneProgress>({
    text: `select lane, snapshot::text, 0 as events, '0' as position from outbox_progress where position = 0`,
    values: [],
  });
  const { limits } = defaultRelaySettings;
  let lanes = rows;
  let events = 0;
  const started = performance.now();
  for (let found = Number.NaN; found !== 0; events += found) {
    const positions = lanes.map(({ position }) => position);
    const nulls = lanes.map(() => null);
    const read = await database.query<LaneProgress>({
      name: 'read',
      text: READ_ON_THE_SERVER,
      values: [
        lanes.map(({ lane }) => lane),
        positions,
        lanes.map(({ snapshot }) => snapshot),
        lanes.map(() => 0),
        nulls,
        nulls,
        nulls,
        limits.rows,
        limits.bytes,
      ],
    });
    const before = new Map(lanes.map(({ lane, position }) => [lane, position]));
    lanes = read.rows.map((row) => ({ ...row, position: row.position ?? before.get(row.lane) ?? '0' }));
    found = read.rows.reduce((sum, row) => sum + row.events, 0);
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
