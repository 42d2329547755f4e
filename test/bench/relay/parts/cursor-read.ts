import { type BenchDatabase, checkpoint } from '../databases.ts';
import { type Ground, runProgram } from '../ground.ts';
import type { BenchOptions } from '../options.ts';
import { createPolledTable, prewarm, type ReadTable } from '../polled-table.sql.ts';

/** Rows that the poller takes at once; the fastest counts. */
const pollerBatches = [500, 2_000, 5_000] as const;

/** Where the rows lie when the reading begins: in PostgreSQL's memory, as what was written just now, or in files. */
export const places = ['memory', 'files'] as const;
export type Place = (typeof places)[number];

export interface CursorRound {
  readonly place: Place;
  readonly cursor: number;
  /** The fastest of {@link pollerBatches}. */
  readonly poller: number;
  readonly pollerBatch: number;
  readonly ratio: number;
}

/**
 * Events per second of both readers, without Kafka. The poller's update is what keeps it from reading a row again; the
 * cursor's progress, one short row per lane and batch, is not recorded.
 * Both tables were vacuumed, as a backlog is by autovacuum: otherwise the first to read a page marks its rows as
 * committed, and writes the page to the log for that.
 */
export async function cursorRounds(
  ground: Ground,
  backlog: BenchDatabase,
  options: BenchOptions,
): Promise<CursorRound[]> {
  await using vacuumed = await ground.cloneOf(backlog);
  await vacuumed.inside((client) => client.query('vacuum analyze outbox'));
  await using polled = await ground.cloneOf(vacuumed);
  await polled.inside(createPolledTable);
  const cursorReader: Reader = {
    template: vacuumed,
    table: 'outbox',
    program: 'packages/outbox/src/relay/read-cursor.bench.ts',
    orderFor: (database) => ({ url: database.urlFor('waybill_relay') }),
  };
  const pollerOf = (batch: number): Reader => ({
    template: polled,
    table: 'bench_polled',
    program: 'test/bench/relay/poller.process.ts',
    orderFor: (database) => ({ url: database.urlFor('superuser'), batch }),
  });
  const rounds: CursorRound[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const place of places) {
      const cursor = await speedOf(ground, cursorReader, place);
      let best = { poller: 0, pollerBatch: 0 };
      for (const batch of pollerBatches) {
        const poller = await speedOf(ground, pollerOf(batch), place);
        if (poller > best.poller) best = { poller, pollerBatch: batch };
      }
      const ratio = cursor / best.poller;
      rounds.push({ place, cursor, ...best, ratio });
      ground.progress(
        `cursor ${round}/${options.rounds}, from ${place}: ${ratio.toFixed(2)}, ${cursor.toFixed(0)} against ${best.poller.toFixed(0)} events/s (batches of ${best.pollerBatch})`,
      );
    }
  }
  return rounds;
}

interface ReaderResult {
  readonly events: number;
  readonly seconds: number;
}

/** A program that reads a table, each time in a copy of its own. */
interface Reader {
  readonly template: BenchDatabase;
  readonly table: ReadTable;
  readonly program: string;
  readonly orderFor: (database: BenchDatabase) => object;
}

async function speedOf(
  ground: Ground,
  { template, table, program, orderFor }: Reader,
  place: Place,
): Promise<number> {
  await using database = await ground.cloneOf(template);
  await checkpoint(ground.postgres.url);
  if (place === 'memory') await database.inside((client) => prewarm(client, table));
  const { events, seconds } = await runProgram(
    program,
    orderFor(database),
    (message): message is ReaderResult =>
      typeof message === 'object' && message !== null && 'seconds' in message,
  );
  const { rows } = await database.inside((client) =>
    client.query<{ count: string }>('select count(*) from outbox'),
  );
  if (events !== Number(rows[0]?.count))
    throw new Error(`${program} read ${events} of ${rows[0]?.count} events`);
  return events / seconds;
}
