import { countDuplicates, type Duplicates, judge, readOutbox, readRecords } from '../checker/index.ts';
import { type RelayBench, until } from '../relay/bench.ts';

type Judged = Pick<RelayBench, 'brokers' | 'topic' | 'database'>;

export interface PartitionVerdict {
  /** One line per promise that is broken. */
  readonly broken: readonly string[];
  readonly duplicates: Duplicates;
}

export interface BenchVerdict {
  /** One line per promise that is broken. */
  readonly broken: readonly string[];
  readonly duplicates: number;
}

/** What the checker says of everything that was committed, once it is published or parked. */
export async function verdictOn(bench: Judged): Promise<BenchVerdict> {
  const { broken, duplicates } = await verdictByPartition(bench);
  return { broken, duplicates: duplicates.total };
}

/** The same, with what stands twice in each partition. */
export async function verdictByPartition({ brokers, topic, database }: Judged): Promise<PartitionVerdict> {
  const outbox = await readOutbox(database.urlFor('superuser'));
  const records = await readRecords(brokers, [topic]);
  return { broken: judge({ ...outbox, records }), duplicates: countDuplicates(records) };
}

/** Waits until each committed event has a receipt or is parked. */
export async function settled(bench: Pick<RelayBench, 'admin'>, limitMs = 60_000): Promise<void> {
  await until('everything is published or parked', async () => (await unsettled(bench)) === 0, limitMs);
}

/** How many committed events have no receipt and are not parked. */
export async function unsettled({ admin }: Pick<RelayBench, 'admin'>): Promise<number> {
  const { rows } = await admin.query<{ left: string }>(
    `select (select count(*) from outbox) - (select count(*) from outbox_parked)
       - (select coalesce(sum(cardinality(seqs)), 0) from outbox_progress where kind <> 'replay') as left`,
  );
  return Number(rows[0]?.left);
}
