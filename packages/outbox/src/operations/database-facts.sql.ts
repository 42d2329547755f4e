import type { Queryable } from '../relay/relay-database.ts';

/** What the server says of itself. */
export interface ServerFacts {
  readonly isStandby: boolean;
  /** The database's clock. */
  readonly now: Date;
  /** Where the data lies on the server's own disk; null where the schema's owner may not know. */
  readonly dataDirectory: string | null;
}

export async function readServerFacts(database: Queryable): Promise<ServerFacts> {
  const { rows } = await database.query<{ standby: boolean; now: Date; data_directory: string | null }>({
    text: 'select pg_is_in_recovery() as standby, clock_timestamp() as now, outbox_data_directory() as data_directory',
    values: [],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('the server told nothing of itself');
  return { isStandby: row.standby, now: row.now, dataDirectory: row.data_directory };
}

/** A transaction that has been open for long: nothing newer than it can be cleaned up anywhere in the database. */
export interface OpenTransaction {
  /** Null for a prepared one, which no process holds. */
  readonly pid: number | null;
  /** Its application_name, or the identifier of a prepared one. */
  readonly application: string;
  readonly user: string;
  readonly state: string;
  readonly age_ms: number;
}

export interface OpenTransactions {
  /** False where the schema's owner may not see other roles' sessions: the list is incomplete then. */
  readonly seesAll: boolean;
  readonly transactions: readonly OpenTransaction[];
}

/** One pass over the server's sessions; their statements are not read. */
export async function readOpenTransactions(
  database: Queryable,
  olderThanMs: number,
): Promise<OpenTransactions> {
  const { rows } = await database.query<{ sees_all: boolean; transactions: OpenTransaction[] }>({
    text: `select sees_all, transactions from outbox_open_transactions($1::float8 * interval '1 millisecond')`,
    values: [olderThanMs],
  });
  return { seesAll: rows[0]?.sees_all ?? false, transactions: rows[0]?.transactions ?? [] };
}

/** Rows that found no partition of their day. */
export interface DefaultPartitionUse {
  readonly parent: 'outbox' | 'outbox_progress';
  /** Counted up to 1,000. */
  readonly rows: number;
  /** `2026-11-24`, UTC. */
  readonly days: readonly string[];
}

export async function readDefaultPartitionUse(database: Queryable): Promise<DefaultPartitionUse[]> {
  const { rows } = await database.query<{
    parent: DefaultPartitionUse['parent'];
    rows: number;
    days: string[];
  }>({
    text: 'select parent, found_rows as rows, days::text[] as days from outbox_default_partition_use()',
    values: [],
  });
  return rows;
}

/** A day that has no partition. */
export interface MissingPartition {
  readonly parent: 'outbox' | 'outbox_progress';
  /** `2026-11-24`, UTC. */
  readonly day: string;
}

/** The catalogue by name: two look-ups a day. */
const MISSING = `
select parent, day::text
from unnest(array['outbox', 'outbox_progress']) parent
cross join generate_series(0, $1::integer) ahead
cross join lateral (select (clock_timestamp() at time zone 'UTC')::date + ahead) as d (day)
where to_regclass(parent || '_p' || to_char(day, 'YYYYMMDD')) is null
order by day, parent`;

/** @param daysAhead beside today */
export async function readMissingPartitions(
  database: Queryable,
  daysAhead: number,
): Promise<MissingPartition[]> {
  const { rows } = await database.query<{ parent: MissingPartition['parent']; day: string }>({
    text: MISSING,
    values: [daysAhead],
  });
  return rows;
}

/** Events that were put aside, of one topic for one reason. */
export interface ParkedCount {
  readonly topic: string;
  readonly reason: string;
  readonly events: number;
  /** `at least` when a lane has more than is counted. */
  readonly eventsAre: 'exact' | 'at least';
}

/** Each lane's first ones by pk_outbox_parked. */
const PARKED = `
select parked.topic, parked.reason, count(*)::integer as events, bool_or(parked.seen = $1) as is_cut
from outbox_lane l
cross join lateral (
  select first.topic, first.reason, count(*) over () as seen
  from (select p.topic, p.reason from outbox_parked p where p.lane = l.lane order by p.seq limit $1) first
) parked (topic, reason, seen)
group by parked.topic, parked.reason order by parked.topic, parked.reason`;

/** @param cap how many are looked at per lane */
export async function readParkedCounts(database: Queryable, cap: number): Promise<ParkedCount[]> {
  const { rows } = await database.query<{ topic: string; reason: string; events: number; is_cut: boolean }>({
    text: PARKED,
    values: [cap],
  });
  return rows.map(({ is_cut, ...count }) => ({ ...count, eventsAre: is_cut ? 'at least' : 'exact' }));
}
