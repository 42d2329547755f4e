/**
 * A program: empties a table as polling relays do, without Kafka: rows are taken with `for update skip locked` and
 * marked as published, in one statement and one transaction a batch. The rows are made but not handed over, as in the
 * program that reads by the cursor; what is counted of them is narrow, because whole rows would be kept until the end
 * of the update, as no poller has to. The rows to update are named by an array: joined to what was locked, they are
 * looked for by reading the whole table at each poll, and by the address of a row (`ctid`) it is no faster.
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
with taken as (
  update bench_polled p set published_at = clock_timestamp()
  where p.id = any (array(
    select id from bench_polled where published_at is null order by id limit $1 for update skip locked
  ))
  returning p.id, octet_length(p.key) + octet_length(p.payload) + octet_length(p.headers) as bytes
)
select count(*)::integer as events, max(id) as id, sum(bytes) as bytes from taken`;

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
