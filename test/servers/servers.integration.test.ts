import { Redis } from 'ioredis';
import pg from 'pg';
import { describe, expect, inject, it } from 'vitest';
import { askCluster } from '../../infra/local/kafka/probe.ts';
import { createOrderDatabase, createSalesDatabase } from './databases.ts';
import { hold } from './hold.ts';

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe('the servers of a test run', () => {
  it('are a Kafka broker and a Redis that answer', async () => {
    const [broker = ''] = inject('servers').kafkaBrokers;
    expect((await askCluster(broker)).brokerIds).toEqual([1]);
    const redis = new Redis(inject('servers').redisUrl);
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
  });

  it('give each test file a database of its own, which is gone afterwards', async () => {
    const databases = "select 1 from pg_database where datname = '$'";
    let name: string;
    {
      await using database = await createOrderDatabase();
      await using other = await createSalesDatabase();
      name = database.name;
      expect(other.name).not.toBe(name);
      expect(await query(database.urlFor('waybill_api'), 'select current_user as who')).toEqual([
        { who: 'waybill_api' },
      ]);
    }
    expect(await query(inject('servers').postgresUrl, databases.replace('$', name))).toEqual([]);
  });
});

it('holding what cannot be locked says why, and keeps no connection', async () => {
  await using database = await createOrderDatabase();
  const pool = new pg.Pool({ connectionString: database.urlFor('superuser'), max: 1 });
  await expect(hold(pool, 'lock table no_such_table')).rejects.toMatchObject({ code: '42P01' });
  expect(pool.totalCount).toBe(0);
  await pool.end();
});
