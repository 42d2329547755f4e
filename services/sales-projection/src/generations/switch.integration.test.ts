import { wait } from '@waybill/retry';
import { describe, expect, test } from 'vitest';
import { compareGates } from './compare-gates.ts';
import { stopCounting } from './counted.sql.ts';
import type { Laggard } from './laggards.sql.ts';
import { inShortTransaction } from './short-lock.ts';
import { count, gates, inOne, pair, signal, withRebuild } from './switch.fixture.ts';
import { switchGeneration } from './switch-generation.ts';

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
      const compare = () => compareGates(pool, 'g', { pair, pageSize: 2, mayBegin: true }, signal);
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
        const outcome = await switchGeneration(
          pool,
          'g',
          { pair, before, pageSize: 5_000, mayStop: true },
          signal,
        );
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
      expect(await compareGates(pool, 'g', { pair, pageSize: 5_000, mayBegin: true }, signal)).toBe('whole');
    });
  });

  test('what is left of one that was given up is not asked of the next', async () => {
    await withRebuild(async ({ pool, compared, laggards }) => {
      await gates(pool, 'g', { a: 1 });
      await gates(pool, 'g-g2', { a: 1 });
      await pool.query(
        `insert into projection_laggard (generation, key, wanted) values (9, 'a', 2), (9, 'b', 1)`,
      );
      expect(await compared()).toEqual({ state: 'switched' });
      // Nor is it settled by another's gates.
      expect(await laggards()).toEqual(['a', 'b']);
    });
  });

  test('what is counted behind the page that is compared is wanted too', async () => {
    await withRebuild(async ({ pool, look, compared, serving }) => {
      await gates(pool, 'g', { a: 1, b: 1, c: 1 });
      await gates(pool, 'g-g2', { a: 1, b: 1, c: 1 });
      expect(await look()).toMatchObject({ state: 'comparing' });
      expect(await compareGates(pool, 'g', { pair, pageSize: 2, mayBegin: true }, signal)).toBe('whole');
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
        expect(await look()).toMatchObject({ state: 'comparing', attempt: 'no moment' });
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
        expect(await look()).toMatchObject({ state: 'behind', laggards: [], attempt: 'no moment' });
      });
      expect(await look()).toMatchObject({
        state: 'behind',
        laggards: [{ key: 'a', version: 1, wanted: 2 }],
        attempt: 'did not catch up',
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

  test('what serves is not stopped, neither for the comparison nor for the switch, while it may not be', async () => {
    await withRebuild(async ({ pool, serving }) => {
      const look = async (mayStop: boolean) =>
        await switchGeneration(pool, 'g', { pair, before: [], pageSize: 2, mayStop }, signal);
      const patiently = { laggards: [], attempt: 'none' };
      expect(await look(false)).toMatchObject({ state: 'comparing', ...patiently });
      expect(await look(false)).toMatchObject({ state: 'comparing', ...patiently });
      expect(await look(true)).toMatchObject({ state: 'comparing', ...patiently });
      expect(await look(false)).toMatchObject({ state: 'behind', ...patiently });
      expect(await serving()).toBe(1);
      expect(await look(true)).toEqual({ state: 'switched' });
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
