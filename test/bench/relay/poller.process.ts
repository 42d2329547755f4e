/**
 * A program: empties a table as polling relays do, without Kafka: rows are taken with `for update skip locked` and
 * marked as published, in one statement and one transaction a batch. The rows are made but not handed over, as in the
 * program that reads by the cursor.
 */
import pg from 'pg';

export interface PollerOrder {
  readonly url: string;
  readonly batch: number;
}

export interface PollerResult {
  readonly events: number;
  readonly seconds: number;
}

const POLL = `
with batch as (
  select id from bench_polled where published_at is null order by id limit $1 for update skip locked
), taken as (
  update bench_polled p set published_at = clock_timestamp() from batch where p.id = batch.id
  returning p.id, p.key, p.version, p.payload, p.headers
)
select count(*)::integer as events, max(id) as id, sum(octet_length(payload) + octet_length(headers)) as bytes from taken`;

async function poll({ url, batch }: PollerOrder): Promise<PollerResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`set plan_cache_mode = force_generic_plan; set jit = off`);
  const started = performance.now();
  let events = 0;
  for (;;) {
    const { rows } = await client.query({ name: 'poll', text: POLL, values: [batch] });
    const taken = Number(rows[0]?.events);
    if (taken === 0) break;
    events += taken;
  }
  const seconds = (performance.now() - started) / 1_000;
  await client.end();
  return { events, seconds };
}

async function run(order: PollerOrder): Promise<void> {
  const result = await poll(order);
  process.send?.(result, () => process.exit(0));
}

process.once('disconnect', () => process.exit(1));
process.once('message', (order: PollerOrder) => {
  void run(order); // what it throws ends the process, and its parent hears of that
});
