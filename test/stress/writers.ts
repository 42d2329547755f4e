import { setTimeout as delay } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { type PlantedEvent, plant } from '../relay/outbox-rows.ts';

export interface WriterPlan {
  readonly topic: string;
  readonly partitions: number;
  readonly writers: number;
  /** Aggregates that the writers fight over. */
  readonly keys: number;
  /** Until at least so many events are committed. */
  readonly events: number;
}

/** What was committed, by the writers' own account. */
export interface WriterTally {
  committed: number;
  rolledBack: number;
  /** Set when nobody wants more: a test that fails must not wait for its writers. */
  isOver: boolean;
}

/** The aggregates' rows: their lock and version are what orders the events of one key. */
export async function createAggregates(pool: Pool, keys: number): Promise<void> {
  await pool.query('create table aggregate (key text primary key, version int not null)');
  await pool.query(`insert into aggregate select 'key-' || k, 0 from generate_series(0, $1::int - 1) k`, [
    keys,
  ]);
}

/** Transactions of 1 to 24 events with random delays between their statements; one in eight is rolled back. */
export async function runWriters(pool: Pool, plan: WriterPlan, tally: WriterTally): Promise<void> {
  const write = async (): Promise<void> => {
    while (!tally.isOver && tally.committed < plan.events) {
      const client = await pool.connect();
      try {
        await writeOnce(client, plan, tally);
      } finally {
        client.release();
      }
    }
  };
  await Promise.all(Array.from({ length: plan.writers }, write));
}

async function writeOnce(client: PoolClient, plan: WriterPlan, tally: WriterTally): Promise<void> {
  await client.query('begin');
  const size = 1 + Math.floor(Math.random() * 24);
  const wanted = Array.from({ length: size }, () => randomKey(plan.keys));
  const events = (await nextVersions(client, [...new Set(wanted)])).map((event) =>
    tally.committed > plan.events / 2 ? sometimesLong(event) : event,
  );
  await sometimesWait();
  const split = Math.floor(Math.random() * events.length);
  for (const part of [events.slice(0, split), events.slice(split)]) {
    if (part.length > 0) await plant(client, plan.topic, plan.partitions, part);
    await sometimesWait();
  }
  if (Math.random() < 1 / 8) {
    await client.query('rollback');
    tally.rolledBack += events.length;
  } else {
    await client.query('commit');
    tally.committed += events.length;
  }
}

/** One pick in a hundred is a hot aggregate, with a long history of versions. */
function randomKey(keys: number): string {
  return `key-${Math.floor(Math.random() * (Math.random() < 0.01 ? 20 : keys))}`;
}

/** Locks in key order, as every multi-row writer must, and takes the next version of each. */
async function nextVersions(client: PoolClient, keys: readonly string[]): Promise<PlantedEvent[]> {
  await client.query('select from aggregate where key = any($1) order by key for update', [keys]);
  const { rows } = await client.query<{ key: string; version: number }>(
    'update aggregate set version = version + 1 where key = any($1) returning key, version',
    [keys],
  );
  return rows;
}

/**
 * In the second half one event in two thousand is too long for the relay's read of short ones, so that it goes to and
 * fro between its two. The first half fills that read, whichever way the relay comes by it.
 */
function sometimesLong(event: PlantedEvent): PlantedEvent {
  return Math.random() < 1 / 2_000 ? { ...event, payload: JSON.stringify('x'.repeat(9_000)) } : event;
}

async function sometimesWait(): Promise<void> {
  if (Math.random() < 0.3) await delay(Math.random() * 20);
}

/** A transaction that has written an event and stays open until it is committed; disposal rolls it back. */
export interface HeldTransaction extends AsyncDisposable {
  commit(): Promise<void>;
}

export async function holdOpen(pool: Pool, plan: WriterPlan, key: string): Promise<HeldTransaction> {
  const client = await pool.connect();
  let isOpen = true;
  const end = async (how: 'commit' | 'rollback'): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await client.query(how);
    client.release();
  };
  await client.query('begin');
  await plant(client, plan.topic, plan.partitions, [{ key, version: 1 }]);
  return { commit: () => end('commit'), [Symbol.asyncDispose]: () => end('rollback') };
}

/** Inserts many events in one transaction, waits, and commits when everything newer has long been read. */
export async function bulkInsert(
  pool: Pool,
  plan: WriterPlan,
  events: number,
  waitUntil: () => Promise<void>,
): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const rows = Array.from({ length: events }, (_, index) => ({
      key: `bulk-${index % 5_000}`,
      version: 1 + Math.floor(index / 5_000),
    }));
    await plant(client, plan.topic, plan.partitions, rows);
    await waitUntil();
    await client.query('commit');
  } finally {
    client.release();
  }
}
