import pg from 'pg';
import { createOrderDatabase, type TestDatabase } from '../../../../test/servers/databases.ts';
import type { Queryable } from '../relay/relay-database.ts';

/** A database whose outbox can be given a past. */
export interface OldDays extends AsyncDisposable {
  readonly database: TestDatabase;
  /** As superuser. */
  readonly admin: pg.Pool;
  /** As the relay's role, one statement a transaction. */
  readonly relay: Queryable;
  /** Makes both partitions of the day so many days ago. */
  makeDay(daysAgo: number): Promise<void>;
  /** Inserts an event of that day. @returns its seq */
  write(lane: number, daysAgo: number, client?: Pick<pg.Pool, 'query'>): Promise<string>;
  /** Records on that day that the lane is published up to `seqs`' last, as a read of now would. */
  publish(
    lane: number,
    daysAgo: number,
    seqs: readonly string[],
    client?: Pick<pg.Pool, 'query'>,
  ): Promise<void>;
  /** A transaction of another session, as superuser. */
  begin(): Promise<OpenTransaction>;
  /** The partitions of events and receipts that are older than today, and default ones with rows. */
  partitions(): Promise<string[]>;
}

/** Rolled back at disposal, unless it was committed. */
export interface OpenTransaction extends AsyncDisposable {
  readonly client: pg.PoolClient;
  commit(): Promise<void>;
}

async function beginOn(pool: pg.Pool): Promise<OpenTransaction> {
  const client = await pool.connect();
  await client.query('begin');
  let isOpen = true;
  const end = async (how: 'commit' | 'rollback'): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await client.query(how);
    client.release();
  };
  return { client, commit: () => end('commit'), [Symbol.asyncDispose]: () => end('rollback') };
}

export async function createOldDays(): Promise<OldDays> {
  const database = await createOrderDatabase();
  const admin = new pg.Pool({ connectionString: database.urlFor('superuser'), max: 4 });
  const relay = new pg.Pool({ connectionString: database.urlFor('waybill_relay'), max: 2 });
  relay.on('error', () => undefined);
  const at = (daysAgo: number): string =>
    `date_trunc('day', now(), 'UTC') - make_interval(days => ${daysAgo}) + interval '12 hours'`;
  return {
    database,
    admin,
    relay: { query: async ({ values, ...rest }) => await relay.query({ ...rest, values: [...values] }) },
    async makeDay(daysAgo) {
      await admin.query(
        `set role waybill_migrator;
         select outbox_make_partition(p, (now() at time zone 'UTC')::date - ${daysAgo})
         from unnest(array['outbox', 'outbox_progress']) p;
         reset role`,
      );
    },
    async write(lane, daysAgo, client = admin) {
      const { rows } = await client.query(
        `insert into outbox (lane, topic, key, version, type, payload, headers, created_at)
         values ($1, 'order_placed', 'k', 1, 't', '{}', '{}', ${at(daysAgo)}) returning seq`,
        [lane],
      );
      return rows[0].seq;
    },
    async publish(lane, daysAgo, seqs, client = admin) {
      await client.query(
        `insert into outbox_progress
           (lane, position, snapshot, floor, log_generation, base_offset, first_seq, last_seq, seqs, published_at)
         values ($1, $2, pg_current_snapshot(), 0, 0, 0, $3, $2, $4, ${at(daysAgo)})`,
        [lane, seqs.at(-1), seqs[0], seqs],
      );
    },
    begin: () => beginOn(admin),
    async partitions() {
      const { rows } = await admin.query<{ name: string }>(
        `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
         where i.inhparent in ('outbox'::regclass, 'outbox_progress'::regclass)
           and substring(c.relname from '_p(\\d{8})$') < to_char(now() at time zone 'UTC', 'YYYYMMDD')
         union all select 'outbox_default' where exists (select from outbox_default)
         union all select 'outbox_progress_default' where exists (select from outbox_progress_default)
         order by 1`,
      );
      return rows.map(({ name }) => name);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([admin.end(), relay.end()]);
      await database[Symbol.asyncDispose]();
    },
  };
}

/** The name of a day's partition. */
export function partitionOfDay(parent: 'outbox' | 'outbox_progress', daysAgo: number): string {
  const day = new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
  return `${parent}_p${day}`;
}
