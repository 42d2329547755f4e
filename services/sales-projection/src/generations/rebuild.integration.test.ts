import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { createSalesDatabase } from '../../../../test/servers/databases.ts';
import '../../../../test/servers/provided.ts';
import { expectedTotals, order, type TestOrder } from '../orders.fixture.ts';
import { eventually, query, readTotals } from '../sales.fixture.ts';
import { holdCounting } from './counted.sql.ts';
import { noteProgress, readProgress } from './generations.sql.ts';
import { buyer, counter, Log, operator, remains, serve, some } from './rebuild.fixture.ts';

describe('given a rebuild', () => {
  const orders = some(5);
  const bad = order({ buyer, cents: 700, ends: 'cancelled' });
  const counted = expectedTotals(orders);

  test('behind a letter that was discarded: it is discarded there too, the rebuild serves and the rest is cleared', async () => {
    await using database = await createSalesDatabase();
    const ops = operator(database);
    const log = new Log();
    log.add(bad, ...orders);
    await using _serving = serve(database, log, (key) => key === bad.placed.key);
    await eventually('the letter waits', async () => (await ops.letters()).length === 1);
    const [letter] = await ops.letters();
    await ops.wish(letter?.['id'], 'discard');
    await eventually('both its versions are settled', async () => {
      const [discarded, next] = await ops.letters();
      if (next?.['state'] === 'waiting') await ops.wish(next['id'], 'discard');
      return discarded?.['state'] === 'discarded' && next?.['state'] === 'discarded';
    });

    await ops.rebuild();
    await eventually('it serves', async () => (await ops.generations())[1]?.['state'] === 'active');
    expect(await readTotals(database.urlFor('waybill_ops'))).toEqual(counted);
    expect(await ops.audit()).toEqual([
      { consumer_group: 'g-g2', action: 'discard wished', actor: 'consumer g-g2' },
      { consumer_group: 'g-g2', action: 'discarded', actor: 'consumer g-g2' },
      { consumer_group: 'g-g2', action: 'discard wished', actor: 'consumer g-g2' },
      { consumer_group: 'g-g2', action: 'discarded', actor: 'consumer g-g2' },
    ]);

    const left = counter(database);
    await eventually('the first generation is cleared', async () => (await left(remains(1, 'g'))) === 0);
    expect(await left(`select count(*) as n from inbox_gate where consumer_group = 'g-g2'`)).toBe(6);
    expect(await readTotals(database.urlFor('waybill_ops'))).toEqual(counted);
  });

  test('that cannot apply what serves has: it says why and what to do, and serves once that is done', async () => {
    await using database = await createSalesDatabase();
    const ops = operator(database);
    const log = new Log();
    log.add(...orders);
    const [first] = orders;
    const key = first?.placed.key ?? '';
    await using serving = serve(database, log, (one, generation) => one === key && generation === 2);
    await eventually('all is counted', async () => {
      return JSON.stringify(await readTotals(database.urlFor('waybill_ops'))) === JSON.stringify(counted);
    });
    await ops.rebuild();
    const reason = `a key standing still that what serves has passed (${key} after version 0): npx waybill dlq list, then redrive or discard`;
    await eventually('it says why', async () => (await ops.generations())[1]?.['waits_for'] === reason);
    const sentence = 'the rebuilt generation cannot serve yet';
    expect(serving.said.filter(({ message }) => message === sentence)).toEqual([
      { fields: { generation: 2, waitsFor: reason }, message: sentence },
    ]);
    expect(await ops.generations()).toMatchObject([{ state: 'active' }, { state: 'building' }]);

    const [letter] = await ops.letters();
    expect(letter).toMatchObject({ consumer_group: 'g-g2', key, state: 'waiting' });
    await ops.wish(letter?.['id'], 'discard');
    await eventually('it serves', async () => (await ops.generations())[1]?.['state'] === 'active');
    expect(await ops.generations()).toMatchObject([{ waits_for: null }, { waits_for: null }]);
    expect(await readTotals(database.urlFor('waybill_ops'))).toEqual(expectedTotals(orders.slice(1)));
  });

  test('that a letter waits in what serves too: it serves, and the old letter waits no more', async () => {
    await using database = await createSalesDatabase();
    const ops = operator(database);
    const log = new Log();
    log.add(bad, ...orders);
    await using _serving = serve(database, log, (key) => key === bad.placed.key);
    await eventually('the letter waits', async () => (await ops.letters()).length === 1);
    await ops.rebuild();
    await eventually('it serves', async () => (await ops.generations())[1]?.['state'] === 'active');
    await eventually('one letter waits', async () => (await ops.letters())[0]?.['state'] === 'discarded');
    expect(await ops.letters()).toMatchObject([
      { consumer_group: 'g', state: 'discarded' },
      { consumer_group: 'g-g2', state: 'waiting' },
    ]);
  });

  test('that is given up: what serves goes on, nothing is left of it, and the next one owes it nothing', async () => {
    await using database = await createSalesDatabase();
    const ops = operator(database);
    const log = new Log();
    log.add(...orders);
    const stuck = orders[0]?.placed.key;
    await using _serving = serve(database, log, (key, generation) => key === stuck && generation === 2);
    const totalsAre = (all: readonly TestOrder[]) => async () =>
      JSON.stringify(await readTotals(database.urlFor('waybill_ops'))) ===
      JSON.stringify(expectedTotals(all));
    await eventually('all is counted', totalsAre(orders));
    await ops.rebuild();
    await eventually('it waits', async () => (await ops.generations())[1]?.['waits_for'] !== null);
    const left = counter(database);
    expect(await left(remains(2, 'g-g2'))).toBeGreaterThan(0);
    expect(await left('select count(*) as n from projection_laggard')).toBe(1);
    const [wrong, right, again] = [await ops.cancel(1), await ops.cancel(2), await ops.cancel(2)];
    expect([wrong, right, again]).toEqual([[{ done: false }], [{ done: true }], [{ done: false }]]);
    await eventually('it is cleared', async () => (await left(remains(2, 'g-g2'))) === 0);
    expect(await ops.generations()).toEqual([
      { generation: 1, state: 'active', waits_for: null },
      { generation: 2, state: 'retired', waits_for: null },
    ]);
    const more = some(2);
    log.add(...more);
    await eventually('what serves goes on', totalsAre([...orders, ...more]));
    await ops.rebuild();
    await eventually('the next serves', async () => (await ops.generations())[2]?.['state'] === 'active');
    expect(await totalsAre([...orders, ...more])()).toBe(true);
    expect(await left('select count(*) as n from projection_laggard')).toBe(0);
  });

  test('under batches that never end in time: it says so, and serves once there is a moment', async () => {
    await using database = await createSalesDatabase();
    const ops = operator(database);
    const log = new Log();
    log.add(...orders);
    await using serving = serve(database, log);
    const batch = new pg.Client({ connectionString: database.urlFor('waybill_sales') });
    await batch.connect();
    await batch.query('begin');
    await holdCounting(batch, 1);
    await ops.rebuild();
    await eventually('it says so', async () => {
      const [, rebuild] = await ops.generations();
      return String(rebuild?.['waits_for']).startsWith('a moment without a batch');
    });
    expect(await ops.generations()).toMatchObject([{ state: 'active' }, { state: 'building' }]);
    expect(serving.said.filter(({ message }) => message.includes('cannot serve yet'))).toHaveLength(1);
    await batch.query('commit');
    await batch.end();
    await eventually('it serves', async () => (await ops.generations())[1]?.['state'] === 'active');
  });

  test('that several members share: what is left is the sum of what each of them has left', async () => {
    await using database = await createSalesDatabase();
    const pool = new pg.Pool({ connectionString: database.urlFor('waybill_sales') });
    await operator(database).rebuild();
    const lag = (partition: number, left: number) => ({ topic: 'order_placed', partition, lag: left });
    await noteProgress(pool, 2, [lag(0, 5_000_000_000), lag(1, 7)]);
    await noteProgress(pool, 2, [lag(2, 30)]);
    await noteProgress(pool, 2, [lag(1, 4)]);
    // Nothing is noted for what is not being built.
    await noteProgress(pool, 1, [lag(0, 9)]);
    expect(await readProgress(pool, 2)).toEqual({ messagesLeft: 5_000_000_034, partitions: 3 });
    const listed = await query(
      database.urlFor('waybill_ops'),
      `select messages_left::float8 as left, comparison, keys_behind::float8 as behind
       from ops_projection_generations order by generation`,
    );
    expect(listed).toEqual([
      { left: null, comparison: null, behind: null },
      { left: 5_000_000_034, comparison: 'not begun', behind: 0 },
    ]);
    await pool.end();
  });
});
