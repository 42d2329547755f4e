import { countDuplicates, judge, readOutbox, readRecords, type Verdict, verdicts } from '../checker/index.ts';
import { type RelayBench, until } from '../relay/bench.ts';
import { type BatchesAtRisk, unexplainedRepeats } from '../stress/batches-at-risk.ts';

type Judged = Pick<RelayBench, 'brokers' | 'topic' | 'database'>;

export interface BenchVerdict {
  /** One line per promise that is broken. */
  readonly broken: readonly string[];
  readonly duplicates: number;
}

/** What the checker says of everything that was committed, once it is published or parked. */
export async function verdictOn(bench: Judged): Promise<BenchVerdict> {
  return await verdictBy(bench, verdicts);
}

/** The same, and that nothing stands twice but what was at risk at one of these relays, and replays that say so. */
export async function verdictWithRisks(
  bench: Judged,
  relays: readonly BatchesAtRisk[],
): Promise<BenchVerdict> {
  return await verdictBy(bench, {
    ...verdicts,
    unexplainedRepeats: ({ records }) => unexplainedRepeats(records, relays),
  });
}

async function verdictBy(
  { brokers, topic, database }: Judged,
  by: Readonly<Record<string, Verdict>>,
): Promise<BenchVerdict> {
  const outbox = await readOutbox(database.urlFor('superuser'));
  const records = await readRecords(brokers, [topic]);
  return { broken: judge({ ...outbox, records }, by), duplicates: countDuplicates(records).total };
}

/** Waits until each committed event has a receipt or is parked. */
export async function settled(bench: Pick<RelayBench, 'admin'>, limitMs = 60_000): Promise<void> {
  // Below zero where events have a second receipt, which the checker is to name.
  await until('everything is published or parked', async () => (await unsettled(bench)) <= 0, limitMs);
}

/** How many committed events have no receipt and are not parked. */
export async function unsettled({ admin }: Pick<RelayBench, 'admin'>): Promise<number> {
  const { rows } = await admin.query<{ left: string }>(
    `select (select count(*) from outbox) - (select count(*) from outbox_parked)
       - (select coalesce(sum(cardinality(seqs)), 0) from outbox_progress where kind <> 'replay') as left`,
  );
  return Number(rows[0]?.left);
}
