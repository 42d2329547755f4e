import type { RelayBench } from '../relay/bench.ts';

/** From an event's commit to its acknowledgement by Kafka, by the database's clock. */
export interface Delays {
  readonly events: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What the database's clock says now: one end of a span to measure. */
export async function databaseTime({ admin }: Pick<RelayBench, 'admin'>): Promise<Date> {
  const { rows } = await admin.query<{ now: Date }>('select clock_timestamp() as now');
  return rows[0]?.now ?? new Date(Number.NaN);
}

/** Of events that were committed in this span, in these partitions. */
export async function delaysBetween(
  { admin }: Pick<RelayBench, 'admin'>,
  partitions: readonly number[],
  from: Date,
  to: Date,
): Promise<Delays> {
  const { rows } = await admin.query<{ events: number; p50: number; p99: number; max: number }>(
    `select count(*)::int as events,
            coalesce(percentile_cont(0.5) within group (order by delay), -1)::float8 as p50,
            coalesce(percentile_cont(0.99) within group (order by delay), -1)::float8 as p99,
            coalesce(max(delay), -1)::float8 as max
     from (
       select extract(epoch from published_at - committed_at) * 1000 as delay
       from ops_event_times join outbox_lane using (lane)
       where partition = any ($1) and committed_at between $2 and $3 and published_at is not null
     ) measured`,
    [partitions, from, to],
  );
  const [row] = rows;
  return { events: row?.events ?? 0, p50Ms: row?.p50 ?? -1, p99Ms: row?.p99 ?? -1, maxMs: row?.max ?? -1 };
}

export function inWords({ events, p50Ms, p99Ms, maxMs }: Delays): string {
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  return `${events} events, p50 ${ms(p50Ms)}, p99 ${ms(p99Ms)}, slowest ${ms(maxMs)}`;
}
