import type { RelayBench } from '../relay/bench.ts';

/** From an event's commit to its acknowledgement by Kafka, by the database's clock. */
export interface Delays {
  /** How many were committed in the span. */
  readonly events: number;
  /** Of these, acknowledged within the span too, per second of it. */
  readonly perSecond: number;
  /** Of these, not acknowledged yet: the times below know nothing of them. */
  readonly pending: number;
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
  const { rows } = await admin.query<Record<'events' | 'within' | 'pending' | 'p50' | 'p99' | 'max', number>>(
    `select count(*)::int as events,
            count(*) filter (where published_at <= $3)::int as within,
            count(*) filter (where published_at is null)::int as pending,
            coalesce(percentile_cont(0.5) within group (order by delay), -1)::float8 as p50,
            coalesce(percentile_cont(0.99) within group (order by delay), -1)::float8 as p99,
            coalesce(max(delay), -1)::float8 as max
     from (
       select published_at, extract(epoch from published_at - committed_at) * 1000 as delay
       from ops_event_times join outbox_lane using (lane)
       where partition = any ($1) and committed_at between $2 and $3
     ) measured`,
    [partitions, from, to],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('an aggregate without a row');
  const { events, within, pending, p50, p99, max } = row;
  const perSecond = (within * 1_000) / (to.getTime() - from.getTime());
  return { events, perSecond, pending, p50Ms: p50, p99Ms: p99, maxMs: max };
}

export function inWords({ events, perSecond, p50Ms, p99Ms, maxMs }: Delays): string {
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  return `${events} events, ${perSecond.toFixed(0)} a second within the span, p50 ${ms(p50Ms)}, p99 ${ms(p99Ms)}, slowest ${ms(maxMs)}`;
}
