import { randomUUID } from 'node:crypto';
import { createConsumer, type IncomingMessage, type MessageSource } from '@waybill/inbox';
import { wait } from '@waybill/retry';
import { describe, expect, test } from 'vitest';
import { createSalesDatabase, type TestDatabase } from '../../../../test/servers/databases.ts';
import '../../../../test/servers/provided.ts';
import { expectedTotals, order, type TestOrder } from '../orders.fixture.ts';
import { openPool } from '../persistence/pool.ts';
import { projectionOptions } from '../projection.ts';
import { eventually, query, readTotals } from '../sales.fixture.ts';
import { groupOf } from './group-of.ts';
import { runGenerations } from './run-generations.ts';

/** A topic in memory: whoever subscribes reads it from the beginning, one message after another. */
class Log {
  readonly #messages: IncomingMessage[] = [];

  add(...orders: readonly TestOrder[]): void {
    for (const { placed, cancelled } of orders) {
      for (const [topic, one] of [
        ['order_placed', placed],
        ['order_cancelled', cancelled],
      ] as const) {
        if (one === undefined) continue;
        const offset = BigInt(this.#messages.length);
        const { key, payload, headers } = one;
        const value = Buffer.from(payload);
        this.#messages.push({ topic, partition: 0, offset, key, value, headers, timestamp: 0 });
      }
    }
  }

  readonly source: MessageSource = {
    consume: async ({ onBatch, onLag, onState, signal }) => {
      onState('consuming');
      for (let next = 0; !signal.aborted; ) {
        const message = this.#messages[next];
        const lag = this.#messages.length - next;
        onLag([{ topic: 'order_placed', partition: 0, lag }]);
        if (message === undefined) {
          await wait(5, signal);
          continue;
        }
        const { topic, partition } = message;
        await onBatch({ topic, partition, messages: [message], signal, applied: () => undefined });
        next += 1;
      }
    },
  };
}

const group = 'g';

/** The service's generations over a log, until the end of the scope. */
function serve(database: TestDatabase, log: Log, refuses: (key: string, generation: number) => boolean) {
  const timeouts = { statementTimeoutMs: 8_000, queryTimeoutMs: 10_000 };
  const pool = openPool({ databaseUrl: database.urlFor('waybill_sales'), size: 8, ...timeouts });
  pool.on('error', () => undefined);
  const stop = new AbortController();
  const said: { readonly fields: object; readonly message: string }[] = [];
  const logger = {
    info: (fields: object, message: string) => void said.push({ fields, message }),
    warn: (fields: object, message: string) => void said.push({ fields, message }),
  };
  const ended = runGenerations(
    {
      pool,
      group,
      createConsumer: (generation) => {
        const { parse, ...options } = projectionOptions({
          pool,
          generation,
          group: groupOf(group, generation),
        });
        return createConsumer({
          ...options,
          parse: (event) => {
            if (refuses(event.key, generation)) throw new RangeError('not this one');
            return parse(event);
          },
          source: log.source,
          deadLetterTopics: { publish: async () => undefined },
          upkeepEveryMs: 20,
        });
      },
      onActive: () => undefined,
      logger,
      everyMs: 30,
      clearing: { everyMs: 30, batchSize: 2 },
    },
    stop.signal,
  );
  return {
    said,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
      await pool.end();
    },
  };
}

const operator = (database: TestDatabase) => {
  const ask = (text: string, values: readonly unknown[] = []) =>
    query(database.urlFor('waybill_ops'), text, values);
  return {
    rebuild: () => ask(`select projection_rebuild('ada', 'the totals are off')`),
    letters: () => ask('select id, consumer_group, key, state from ops_dead_letters order by id'),
    generations: () =>
      ask('select generation, state, waits_for from ops_projection_generations order by generation'),
    wish: (id: unknown, wanted: string) =>
      ask('select inbox_wish($1, $2, $3, $4)', [id, wanted, 'ada', 'so']),
    audit: () =>
      ask(
        'select consumer_group, action, actor from ops_inbox_audit where consumer_group <> $1 order by id',
        [group],
      ),
  };
};

const buyer = randomUUID();
const some = (count: number) =>
  Array.from({ length: count }, (_, i) => order({ buyer, cents: 100 + i, ends: 'placed' }));

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

    const left = async (text: string) => Number((await query(database.urlFor('superuser'), text))[0]?.['n']);
    await eventually('the first generation is cleared', async () => {
      const totals = await left('select count(*) as n from buyer_totals where generation = 1');
      const gates = await left(`select count(*) as n from inbox_gate where consumer_group = 'g'`);
      const early = await left(`select count(*) as n from inbox_early where consumer_group = 'g'`);
      return totals + gates + early === 0;
    });
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
});
