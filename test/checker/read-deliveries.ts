import type { Client } from 'pg';
import type { Delivery } from './facts.ts';

interface Row {
  readonly topic: string;
  readonly key: string;
  readonly version: number;
  readonly seq: string;
  readonly state: string;
  readonly reason: string | null;
  readonly partition: number | null;
  readonly offset: string | null;
  readonly published_at: Date | null;
}

/** An answer takes half a millisecond per event on a busy machine: of more keys than this every so manieth is asked. */
const MOST_KEYS = 1_000;

/** All of them or, of very many, some of their whole range. */
export function keysToAsk(keys: Iterable<string>): string[] {
  const all = [...new Set(keys)];
  const step = Math.ceil(all.length / MOST_KEYS);
  return all.filter((_, at) => at % step === 0);
}

/**
 * What is told of each of these keys, asked as the order API asks it, at the transaction's snapshot. One statement: asked
 * key by key, the way to the server and back would take longer than the answers.
 *
 * @param client in a transaction, of which nothing else can be asked afterwards
 */
export async function readDeliveries(client: Client, keys: readonly string[]): Promise<Delivery[]> {
  await client.query('set local role waybill_api');
  const { rows } = await client.query<Row>(
    `select k.key, d.topic, d.version, d.seq::text, d.state, d.reason, d.partition, d."offset"::text, d.published_at
     from unnest($1::text[]) as k (key) cross join lateral outbox_delivery(k.key) d`,
    [keys],
  );
  return rows.map(({ seq, state, offset, published_at: publishedAt, ...row }) => ({
    ...row,
    seq: BigInt(seq),
    state: stateOf(state),
    offset: offset === null ? null : BigInt(offset),
    publishedAt,
  }));
}

function stateOf(value: string): Delivery['state'] {
  if (value === 'pending' || value === 'parked' || value === 'published' || value === 'lost') return value;
  throw new Error(`outbox_delivery() says ${value}`);
}
