import pg from 'pg';
import type { CommittedEvent, Facts, Lane, LogLoss, ParkedEvent, Receipt, Replay } from './facts.ts';
import type { OrderRow } from './orders.ts';
import { keysToAsk, readDeliveries } from './read-deliveries.ts';
import type { BuyerTotal } from './sales.ts';

type Row = Readonly<Record<string, unknown>>;

/** Everything of {@link Facts} that PostgreSQL knows. */
export type OutboxFacts = Omit<Facts, 'records'>;

/**
 * All committed events, lanes, receipts and what else tells of events, of one snapshot, so that no receipt belongs to an
 * event not seen.
 *
 * @param url of the orders' database, as superuser: who may read every table, and ask as the order API
 */
export async function readOutbox(url: string): Promise<OutboxFacts> {
  return withClient(url, async (client) => {
    await client.query('begin isolation level repeatable read read only');
    const events = await client.query<Row>(
      'select lane, seq::text, topic, key, version, type, payload, headers::json as headers from outbox order by seq',
    );
    const lanes = await client.query<Row>('select lane, topic, partition from outbox_lane order by lane');
    const receipts = await client.query<Row>(
      `select lane, id::text, kind, log_generation, base_offset::text, seqs::text[] from outbox_progress
       where base_offset is not null order by lane, id`,
    );
    const exceptions = await readExceptions(client);
    const keys = [
      ...events.rows.map((row) => String(row['key'])),
      ...exceptions.parked.map(({ key }) => key),
    ];
    const asked = keysToAsk(keys);
    const deliveries = await readDeliveries(client, asked);
    await client.query('commit');
    return {
      events: events.rows.map(
        (row): CommittedEvent => ({
          lane: Number(row['lane']),
          seq: BigInt(String(row['seq'])),
          topic: String(row['topic']),
          key: String(row['key']),
          version: Number(row['version']),
          type: String(row['type']),
          payload: String(row['payload']),
          headers: textsOf(row['headers']),
        }),
      ),
      lanes: lanes.rows.map(
        (row): Lane => ({
          lane: Number(row['lane']),
          topic: String(row['topic']),
          partition: Number(row['partition']),
        }),
      ),
      receipts: receipts.rows.map(
        (row): Receipt => ({
          lane: Number(row['lane']),
          id: BigInt(String(row['id'])),
          kind: kindOf(row['kind']),
          logGeneration: Number(row['log_generation']),
          baseOffset: BigInt(String(row['base_offset'])),
          seqs: listOf(row['seqs']).map((seq) => BigInt(String(seq))),
        }),
      ),
      ...exceptions,
      deliveries,
      askedKeys: new Set(asked),
    };
  });
}

/** Everything that is not published once, in order, for good. */
async function readExceptions(
  client: pg.Client,
): Promise<Pick<Facts, 'parked' | 'discarded' | 'marked' | 'replays' | 'losses'>> {
  const parked = await client.query<Row>(
    'select lane, seq::text, topic, key, version, payload, headers::json as headers, reason from outbox_parked order by lane, seq',
  );
  const audit = await client.query<Row>(
    `select seq::text, action from outbox_audit where action in ('discard', 'discarded') and seq is not null`,
  );
  const seqsOf = (action: string): ReadonlySet<bigint> =>
    new Set(audit.rows.filter((row) => row['action'] === action).map((row) => BigInt(String(row['seq']))));
  const replays = await client.query<Row>('select lane, from_seq::text, to_seq::text from outbox_replay');
  const losses = await client.query<Row>(
    'select lane, log_generation, base_offset::text from outbox_log_loss',
  );
  return {
    parked: parked.rows.map(
      (row): ParkedEvent => ({
        lane: Number(row['lane']),
        seq: BigInt(String(row['seq'])),
        topic: String(row['topic']),
        key: String(row['key']),
        version: Number(row['version']),
        payload: String(row['payload']),
        headers: textsOf(row['headers']),
        reason: String(row['reason']),
      }),
    ),
    discarded: seqsOf('discard'),
    marked: seqsOf('discarded'),
    replays: replays.rows.map(
      (row): Replay => ({
        lane: Number(row['lane']),
        from: BigInt(String(row['from_seq'])),
        to: BigInt(String(row['to_seq'])),
      }),
    ),
    losses: losses.rows.map(
      (row): LogLoss => ({
        lane: Number(row['lane']),
        logGeneration: Number(row['log_generation']),
        baseOffset: BigInt(String(row['base_offset'])),
      }),
    ),
  };
}

/** What each buyer's placed orders come to, computed from the orders themselves. @param url of the orders' database */
export async function readOrderTotals(url: string): Promise<BuyerTotal[]> {
  return readTotals(
    url,
    `select user_id as buyer, currency, sum(total) as total, count(*) as orders
     from orders where status = 'placed' group by user_id, currency`,
  );
}

/** The projection's totals as it keeps them. @param url of sales-projection's database */
export async function readProjectionTotals(url: string): Promise<BuyerTotal[]> {
  return readTotals(url, 'select user_id as buyer, currency, spent as total, orders from buyer_totals');
}

/** The orders as they stand. @param url of the orders' database */
export async function readOrders(url: string): Promise<OrderRow[]> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<Row>('select id, user_id, version, total, currency from orders');
    return rows.map((row) => ({
      id: String(row['id']),
      userId: String(row['user_id']),
      version: Number(row['version']),
      total: String(row['total']),
      currency: String(row['currency']).trim(),
    }));
  });
}

async function readTotals(url: string, sql: string): Promise<BuyerTotal[]> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<Row>(sql);
    return rows.map((row) => ({
      buyer: String(row['buyer']),
      currency: String(row['currency']).trim(),
      total: String(row['total']),
      orders: Number(row['orders']),
    }));
  });
}

async function withClient<T>(url: string, read: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'independent-checker' });
  await client.connect();
  try {
    return await read(client);
  } finally {
    await client.end();
  }
}

function kindOf(value: unknown): Receipt['kind'] {
  if (value === 'fresh' || value === 'late' || value === 'redrive' || value === 'replay') return value;
  throw new Error(`outbox_progress.kind is ${String(value)}`);
}

function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error('outbox_progress.seqs is not an array');
  return value;
}

function textsOf(headers: unknown): Record<string, string> {
  if (typeof headers !== 'object' || headers === null) throw new Error('outbox.headers is not an object');
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      if (typeof value !== 'string')
        throw new Error(`header ${name} is stored as ${typeof value}, not as a text`);
      return [name, value];
    }),
  );
}
