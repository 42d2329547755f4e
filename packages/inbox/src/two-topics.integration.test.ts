import { wait } from '@waybill/retry';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import '../../../test/servers/provided.ts';
import { applyBatch } from './apply-batch.ts';
import { effectsOf, event, query, recordEffects, recording, useEffectsDatabase } from './effects.fixture.ts';
import type { InboxEvent } from './event.ts';

/** Two members of a group hold the two topics of one order: real transactions, stopped where it matters. */

const effects = useEffectsDatabase();

/** A member of the group on a connection of its own, whose database may have been told to isolate more. */
async function member(isolation = 'read committed') {
  const pool = new pg.Pool({
    connectionString: effects.database.urlFor('waybill_sales'),
    max: 1,
    options: `-c default_transaction_isolation=${isolation.replace(' ', '\\ ')}`,
  });
  pool.on('error', () => undefined);
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  const deliver = (events: readonly InboxEvent[], handler = recordEffects) =>
    applyBatch(recording(pool, { handler }), { events });
  return { pid: Number(rows[0]?.pid), deliver, [Symbol.asyncDispose]: () => pool.end() };
}

/** A delivery that stands still in its handler, before its commit, until it is let go. */
function heldBack() {
  const reached = Promise.withResolvers<void>();
  const letGo = Promise.withResolvers<void>();
  const handler: typeof recordEffects = async (client, events) => {
    await recordEffects(client, events);
    reached.resolve();
    await letGo.promise;
  };
  return { handler, reached: reached.promise, letGo: letGo.resolve };
}

/** Limit: 10 s. */
async function waitsForALock(pid: number): Promise<void> {
  const limit = AbortSignal.timeout(10_000);
  for (;;) {
    const [row] = await query(
      effects.database,
      'superuser',
      'select cardinality(pg_blocking_pids($1)) as n',
      [pid],
    );
    if (Number(row?.n) > 0) return;
    limit.throwIfAborted();
    await wait(5, limit);
  }
}

function everyVersionOnce(events: readonly InboxEvent[]): Record<string, number[]> {
  const byKey = Object.groupBy(events, (one) => one.key);
  return Object.fromEntries(
    Object.entries(byKey).map(([key, ofKey = []]) => {
      const versions = new Set(ofKey.map(({ version }) => version));
      return [key, [...versions].toSorted((x, y) => x - y)];
    }),
  );
}

describe.each(['read committed', 'repeatable read'])('given two members, by default at %s', (isolation) => {
  // `bystander` gives the delivery that only keeps an early event a handler to be held back in.
  test.each([
    {
      what: 'a new order, its placing comes first',
      known: [],
      first: [event('o', 1)],
      second: [event('o', 2)],
    },
    {
      what: 'a new order, its cancellation comes first',
      known: [],
      first: [event('o', 2), event('bystander', 1)],
      second: [event('o', 1)],
    },
    {
      what: 'a known order, an event two ahead comes first',
      known: [event('o', 1)],
      first: [event('o', 3), event('bystander', 1)],
      second: [event('o', 2)],
    },
    {
      what: 'a known order, both bring the same event',
      known: [event('o', 1)],
      first: [event('o', 2), event('o', 3)],
      second: [event('o', 3), event('o', 2)],
    },
    {
      what: 'gates in the other order, one new and one known',
      known: [event('z', 1)],
      first: [event('z', 2), event('o', 1)],
      second: [event('o', 2), event('z', 3)],
    },
  ])('$what: the second waits and then knows what the first did', async ({ known, first, second }) => {
    await using a = await member(isolation);
    await using b = await member(isolation);
    if (known.length > 0) await a.deliver(known);
    const held = heldBack();
    const one = a.deliver(first, held.handler);
    await held.reached;
    const two = b.deliver(second);
    await waitsForALock(b.pid);
    held.letGo();
    await Promise.all([one, two]);

    expect(await effectsOf(effects)).toEqual(everyVersionOnce([...known, ...first, ...second]));
    expect(await query(effects.database, 'superuser', 'select from inbox_early')).toEqual([]);
  });

  test('the first fails while the second waits: the second goes on as if it had never been', async () => {
    await using a = await member(isolation);
    await using b = await member(isolation);
    const held = heldBack();
    const one = a.deliver([event('o', 1)], async (client, events) => {
      await held.handler(client, events);
      throw new Error('no');
    });
    await held.reached;
    const two = b.deliver([event('o', 2)]);
    await waitsForALock(b.pid);
    held.letGo();
    await expect(one).rejects.toMatchObject({ cause: { message: 'no' } });
    expect(await two).toMatchObject({ applied: 0, kept: 1, skipped: 0 });
    await a.deliver([event('o', 1)]);
    expect(await effectsOf(effects)).toEqual({ o: [1, 2] });
  });
});

test('given four members with overlapping keys in any order, new and known, none deadlocks and all is applied once', async () => {
  const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
  const shuffled = <T>(items: readonly T[]): T[] =>
    items
      .map((item) => ({ item, rank: Math.random() }))
      .toSorted((x, y) => x.rank - y.rank)
      .map(({ item }) => item);
  await using a = await member();
  await using b = await member();
  await using c = await member();
  await using d = await member();
  const rounds = 15;
  for (let round = 0; round < rounds; round += 1) {
    const roundKeys = keys.map((key) => (Number(key.slice(1)) % 2 === 0 ? key : `${key}-${round}`));
    const versionsOf = (key: string) => (key.includes('-') ? [1, 2] : [2 * round + 1, 2 * round + 2]);
    const halves = [0, 1].map((i) => roundKeys.map((key) => event(key, versionsOf(key)[i] ?? 0)));
    await Promise.all([
      a.deliver(shuffled(halves[0] ?? [])),
      b.deliver(shuffled(halves[1] ?? [])),
      c.deliver(shuffled(halves.flat())),
      d.deliver(shuffled(halves.flat()).slice(0, 30)),
    ]);
  }
  const found = await effectsOf(effects);
  const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);
  for (const [key, versions] of Object.entries(found)) {
    expect({ key, versions }).toEqual({ key, versions: upTo(key.includes('-') ? 2 : 2 * rounds) });
  }
  expect(Object.keys(found)).toHaveLength(20 + 20 * rounds);
  expect(await query(effects.database, 'superuser', 'select from inbox_early')).toEqual([]);
});
