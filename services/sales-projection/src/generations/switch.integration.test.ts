import { type ConsumedEvent, pgStorage } from '@waybill/inbox';
import type { OrderEvent } from '@waybill/contracts';
import { wait } from '@waybill/retry';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { createSalesDatabase } from '../../../../test/servers/databases.ts';
import '../../../../test/servers/provided.ts';
import { openPool } from '../persistence/pool.ts';
import { projectionOptions } from '../projection.ts';
import { compareGates } from './compare-gates.ts';
import { stopCounting } from './counted.sql.ts';
import { type Laggard, settleLaggards } from './laggards.sql.ts';
import { inShortTransaction } from './short-lock.ts';
import { switchGeneration, type SwitchOutcome } from './switch-generation.ts';

const timeouts = { statementTimeoutMs: 8_000, queryTimeoutMs: 10_000 };
const pair = { active: 1, building: 2 };
const signal = new AbortController().signal;

/** Gates of the generation that serves (`g`), or of the one that is being built (`g-g2`). */
async function gates(pool: pg.Pool, group: 'g' | 'g-g2', versions: Readonly<Record<string, number>>) {
  await pool.query(
    `insert into inbox_gate (consumer_group, key, version, payload_hash)
     select $1, key, version, case when version > 0 then '\\x00'::bytea end from unnest($2::text[], $3::integer[]) gate (key, version)
     on conflict (consumer_group, key) do update
       set version = excluded.version, payload_hash = excluded.payload_hash`,
    [group, Object.keys(versions), Object.values(versions)],
  );
}

/** What the consumer's handler does for a version of a key, in a transaction of the test's; its gate moves too. */
async function count(client: pg.ClientBase, generation: 1 | 2, key: string, version: number) {
  const { handler } = projectionOptions({ pool: new pg.Pool(), group: 'g', generation });
  const identity = { key, version, epoch: 0 };
  const nothing = { type: 'waybill.event.discarded.v1', data: null, payload: '' } as const;
  const place = { topic: 'order_placed', partition: 0, offset: 0n, value: null, headers: {} };
  const data: OrderEvent = { ...nothing, ...identity, time: '2026-01-31T12:00:00.000Z' };
  const event: ConsumedEvent<OrderEvent> = { ...place, ...identity, data };
  await handler(client, [event]);
  await client.query(
    `insert into inbox_gate (consumer_group, key, version, payload_hash) values ($1, $2, $3, '\\x00')
     on conflict (consumer_group, key) do update set version = excluded.version`,
    [generation === 1 ? 'g' : 'g-g2', key, version],
  );
}

/** A transaction of the test's. */
async function inOne(pool: pg.Pool, work: (client: pg.ClientBase) => Promise<void>): Promise<void> {
  await pgStorage(pool).transaction(({ tx }) => work(tx));
}

interface Bench {
  readonly pool: pg.Pool;
  /** One look of the service's loop. */
  readonly look: (pageSize?: number) => Promise<SwitchOutcome>;
  /** Looks until the gates are compared. */
  readonly compared: (pageSize?: number) => Promise<SwitchOutcome>;
  readonly laggards: () => Promise<readonly string[]>;
  readonly serving: () => Promise<number>;
}

async function withRebuild(work: (bench: Bench) => Promise<void>): Promise<void> {
  await using database = await createSalesDatabase();
  const pool = openPool({ databaseUrl: database.urlFor('waybill_sales'), size: 8, ...timeouts });
  pool.on('error', () => undefined);
  const operators = openPool({ databaseUrl: database.urlFor('waybill_ops'), size: 1, ...timeouts });
  await operators.query(`select projection_rebuild('ada', 'the totals are off')`);
  await operators.end();
  let before: readonly Laggard[] | undefined;
  const look = async (pageSize = 2) => {
    const outcome = await switchGeneration(pool, 'g', { pair, before, pageSize }, signal);
    before = outcome.state === 'behind' ? outcome.laggards : undefined;
    return outcome;
  };
  try {
    await work({
      pool,
      look,
      compared: async (pageSize) => {
        for (;;) {
          const outcome = await look(pageSize);
          if (outcome.state !== 'comparing') return outcome;
        }
      },
      laggards: async () =>
        (await pool.query('select key from projection_laggard order by key')).rows.map(({ key }) => key),
      serving: async () =>
        (await pool.query(`select generation from projection_generation where state = 'active'`)).rows[0]
          .generation,
    });
  } finally {
    await pool.end();
  }
}

describe('given a rebuild that has read all messages', () => {
  test('every key is compared, on both sides of a page’s edge, and it serves once they have caught up', async () => {
    await withRebuild(async ({ pool, look, compared, laggards, serving }) => {
      // Pages of two: a b | c d | e f | g. Lacking: the last of one, the first of the next, and the very last.
      await gates(pool, 'g', { a: 1, b: 2, c: 1, d: 1, e: 3, f: 1, g: 1 });
      await gates(pool, 'g-g2', { a: 1, b: 1, c: 0, d: 2, e: 3, f: 1 });
      expect(await compared()).toMatchObject({
        state: 'behind',
        laggards: [
          { key: 'b', version: 1, wanted: 2 },
          { key: 'c', version: 0, wanted: 1 },
          { key: 'g', version: 0, wanted: 1 },
        ],
        late: [],
      });
      // Halfway is not there.
      expect(await look()).toMatchObject({ late: [{ key: 'b' }, { key: 'c' }, { key: 'g' }] });
      await gates(pool, 'g-g2', { b: 2, c: 1 });
      expect(await look()).toMatchObject({ state: 'behind', late: [{ key: 'g' }] });
      expect(await laggards()).toEqual(['g']);
      expect(await serving()).toBe(1);
      await gates(pool, 'g-g2', { g: 1 });
      expect(await look()).toEqual({ state: 'switched' });
      expect(await serving()).toBe(2);
      expect(await laggards()).toEqual([]);
    });
  });

  test('the comparison goes on where another process has stopped, and what it has found is kept', async () => {
    await withRebuild(async ({ pool, laggards }) => {
      await gates(pool, 'g', Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`k${100 + i}`, 1])));
      const compare = () => compareGates(pool, 'g', { pair, pageSize: 2 }, signal);
      expect([await compare(), await compare()]).toEqual(['under way', 'under way']);
      const found = await laggards();
      expect(found.length).toBeGreaterThan(0);
      expect(found.length).toBeLessThan(30);
      // Two at once, as members do it: none begins anew, none leaves a page out.
      await Promise.all([compare(), compare()]);
      await Promise.all([compare(), compare()]);
      expect(await compare()).toBe('whole');
      expect((await laggards()).length).toBe(30);
    });
  });

  test('it says what is behind before it has compared everything, and when it lacks too much to go on', async () => {
    await withRebuild(async ({ pool }) => {
      const keys = `'k' || to_char(n, 'FM00000')`;
      await pool.query(
        `insert into inbox_gate (consumer_group, key, version, payload_hash)
         select 'g', ${keys}, 1, '\\x00' from generate_series(1, 12000) n`,
      );
      let before: readonly Laggard[] | undefined;
      const look = async () => {
        const outcome = await switchGeneration(pool, 'g', { pair, before, pageSize: 5_000 }, signal);
        if (outcome.state !== 'comparing') throw new Error(`it is ${outcome.state}`);
        before = outcome.laggards;
        return outcome;
      };
      await look();
      await look();
      expect((await look()).late.length).toBeGreaterThan(0);
      expect((await pool.query('select from projection_laggard')).rowCount).toBe(10_000);
      // Once it has come on, the comparison goes on too.
      await pool.query(
        `insert into inbox_gate (consumer_group, key, version, payload_hash)
         select 'g-g2', ${keys}, 1, '\\x00' from generate_series(1, 12000) n`,
      );
      expect(await compareGates(pool, 'g', { pair, pageSize: 5_000 }, signal)).toBe('whole');
    });
  });

  test('a process that slept believes that another generation is being built, and settles nothing', async () => {
    await withRebuild(async ({ pool, compared, laggards }) => {
      await gates(pool, 'g', { a: 1 });
      expect(await compared()).toMatchObject({ state: 'behind', laggards: [{ key: 'a' }] });
      // By the gates of what serves, as they are after a switch.
      const settle = async (generation: number) =>
        await settleLaggards(pool, { ours: 'g', generation }, { after: '', size: 10 });
      await settle(1);
      expect(await laggards()).toEqual(['a']);
      await settle(2);
      expect(await laggards()).toEqual([]);
    });
  });

  test('what is counted behind the page that is compared is wanted too', async () => {
    await withRebuild(async ({ pool, look, compared, serving }) => {
      await gates(pool, 'g', { a: 1, b: 1, c: 1 });
      await gates(pool, 'g-g2', { a: 1, b: 1, c: 1 });
      expect(await look()).toMatchObject({ state: 'comparing' });
      expect(await compareGates(pool, 'g', { pair, pageSize: 2 }, signal)).toBe('whole');
      await inOne(pool, (client) => count(client, 1, 'a', 2));
      expect(await compared()).toMatchObject({ state: 'behind', laggards: [{ key: 'a', wanted: 2 }] });
      expect(await serving()).toBe(1);
      await inOne(pool, (client) => count(client, 2, 'a', 2));
      expect(await look()).toEqual({ state: 'switched' });
      // It serves now, nothing is being built, and nothing is written down.
      await inOne(pool, (client) => count(client, 2, 'a', 3));
      expect((await pool.query('select from projection_laggard')).rowCount).toBe(0);
    });
  });

  test('a batch that did not see the comparison coming ends before it begins', async () => {
    await withRebuild(async ({ pool, compared, look }) => {
      await gates(pool, 'g', { a: 1 });
      await gates(pool, 'g-g2', { a: 1 });
      await inOne(pool, async (client) => {
        await count(client, 1, 'a', 2);
        expect(await look()).toMatchObject({ state: 'comparing' });
        expect((await pool.query('select compared_up_to from projection_generation')).rows).toEqual([
          { compared_up_to: null },
          { compared_up_to: null },
        ]);
      });
      expect(await compared()).toMatchObject({ state: 'behind', laggards: [{ key: 'a', wanted: 2 }] });
    });
  });

  test('nothing is switched under a batch, and for lack of it nothing is served', async () => {
    await withRebuild(async ({ pool, compared, look, serving }) => {
      await gates(pool, 'g', { a: 1, b: 1 });
      await gates(pool, 'g-g2', { a: 1 });
      expect(await compared()).toMatchObject({ state: 'behind' });
      await gates(pool, 'g-g2', { b: 1 });
      await inOne(pool, async (client) => {
        await count(client, 1, 'a', 2);
        // All that is committed has been caught up with; what is being counted has not.
        expect(await look()).toMatchObject({ state: 'behind', laggards: [] });
      });
      expect(await look()).toMatchObject({
        state: 'behind',
        laggards: [{ key: 'a', version: 1, wanted: 2 }],
      });
      expect(await serving()).toBe(1);
    });
  });

  test('what comes within the moment of the switch is waited for, and counting goes on after it', async () => {
    await withRebuild(async ({ pool, compared, look, serving }) => {
      await gates(pool, 'g', { a: 1, b: 1 });
      await gates(pool, 'g-g2', { a: 1 });
      expect(await compared()).toMatchObject({ state: 'behind', late: [] });
      await gates(pool, 'g-g2', { b: 1 });
      await inOne(pool, (client) => count(client, 1, 'a', 2));
      const applied = wait(100, signal).then(() => inOne(pool, (client) => count(client, 2, 'a', 2)));
      const outcomes: string[] = [];
      for (let looks = 0; looks < 20 && outcomes.at(-1) !== 'switched'; looks += 1)
        outcomes.push((await look()).state);
      await applied;
      expect(outcomes.at(-1)).toBe('switched');
      await inOne(pool, (client) => count(client, 1, 'a', 3));
      expect(await serving()).toBe(2);
    });
  });

  test('a process that hangs in the middle of a switch holds up what serves no longer than the server lets it', async () => {
    await withRebuild(async ({ pool }) => {
      const held = Promise.withResolvers<void>();
      const hanging = inShortTransaction(pool, async (tx) => {
        await stopCounting(tx, pair.active);
        held.resolve();
        await inOne(pool, (client) => count(client, 1, 'a', 1));
      });
      await held.promise;
      await Promise.allSettled([hanging]);
      expect((await pool.query('select key, version from inbox_gate')).rows).toEqual([
        { key: 'a', version: 1 },
      ]);
    });
  });
});
