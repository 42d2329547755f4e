import pg from 'pg';
import { expect, test } from 'vitest';
import { createSalesDatabase } from '../../../../test/servers/databases.ts';
import '../../../../test/servers/provided.ts';
import { openPool } from '../persistence/pool.ts';
import type { Laggard } from './laggards.sql.ts';
import { switchGeneration } from './switch-generation.ts';

/** Of each generation. By hand with 2,000,000, on two busy cores: switched after two minutes, the last look 0.14 s. */
const keys = 500_000;
const pair = { active: 1, building: 2 };

test('given so many keys that no statement could compare them all, a rebuild serves once it has caught up', async () => {
  await using database = await createSalesDatabase();
  const client = new pg.Client({ connectionString: database.urlFor('superuser') });
  await client.connect();
  const fill = (group: string) =>
    client.query(
      `insert into inbox_gate (consumer_group, key, version, payload_hash)
       select $1, key, 1, sha256(key::bytea) from (
         select md5(n::text)::uuid::text as key from generate_series(1, $2::integer) n
       ) keys order by md5($1 || key)`,
      [group, keys],
    );
  const move = (group: string) =>
    client.query(`update inbox_gate set version = 2 where consumer_group = $1 and key like 'ab%'`, [group]);
  // In an order of their own each, as two consumers insert them. No statistics: nobody has analysed the table.
  await fill('g');
  await fill('g-g2');
  await move('g');
  await client.query(
    `insert into projection_generation (generation, state, actor, reason) values (2, 'building', 'ada', 'so')`,
  );
  // One that is far below what a comparison of all takes.
  const limits = { statementTimeoutMs: 8_000, queryTimeoutMs: 10_000 };
  const pool = openPool({ databaseUrl: database.urlFor('waybill_sales'), size: 4, ...limits });
  const signal = new AbortController().signal;
  const look = (before: readonly Laggard[] | undefined) =>
    switchGeneration(pool, 'g', { pair, before, pageSize: 5_000, mayStop: true }, signal);
  let outcome = await look(undefined);
  while (outcome.state === 'comparing') outcome = await look(undefined);
  expect(outcome).toMatchObject({ state: 'behind', late: [] });
  // A few thousand of them: more than a switch waits for.
  expect(outcome.state === 'behind' && outcome.laggards.length).toBe(1_000);
  expect(await look([])).toMatchObject({ state: 'behind' });
  await move('g-g2');
  do outcome = await look([]);
  while (outcome.state === 'behind');
  expect(outcome).toEqual({ state: 'switched' });
  await client.end();
  await pool.end();
});
