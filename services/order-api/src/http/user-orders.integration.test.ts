import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anOrder, aProduct, aUser, newId } from '../testing/examples.ts';
import { encodeCursor } from './cursors.ts';
import { runOrderApi, type RunningOrderApi } from '../testing/order-api.ts';

const [ada, grace, tea] = [aUser({ name: 'Ada' }), aUser({ name: 'Grace' }), aProduct()];
const START = Date.UTC(2026, 0, 31);
let running: RunningOrderApi;
let token: string;

/** 50 orders of Ada, two at each moment, ids against the time, and one of Grace. */
const orders = Array.from({ length: 50 }, (_, n) =>
  anOrder(ada, [tea], {
    placedAt: new Date(START - Math.floor(n / 2)),
    status: n % 10 === 0 ? 'cancelled' : 'placed',
  }),
);
const newestFirst = orders
  .toSorted((a, b) => b.placedAt.getTime() - a.placedAt.getTime() || (a.id > b.id ? -1 : 1))
  .map(({ id }) => id);

beforeAll(async () => {
  running = await runOrderApi();
  token = await running.token({ subject: ada.id, scopes: ['orders:read'] });
  await running.database.transactions.write(async ({ users, products }) => {
    users.add(ada);
    users.add(grace);
    products.add(tea);
  });
  await running.database.transactions.write(async (unit) => {
    for (const order of [...orders, anOrder(grace, [tea])]) unit.orders.add(order);
  });
});
afterAll(() => running[Symbol.asyncDispose]());

interface PageBody {
  readonly data: readonly { readonly id: string }[];
  readonly has_more: boolean;
  readonly next_cursor: string | null;
}

async function page(query: string, of = ada.id, as = token): Promise<PageBody & { readonly status: number }> {
  const answer = await running.call({ method: 'GET', path: `/v1/users/${of}/orders?${query}`, token: as });
  const body: PageBody = JSON.parse(answer.text);
  return { ...body, status: answer.status };
}

describe('GET /v1/users/:id/orders', () => {
  it('lists what an order is in short, with its owner', async () => {
    const { data } = await page('limit=1');
    const newest = orders.find(({ id }) => id === newestFirst[0]);
    expect(data).toEqual([
      {
        id: newestFirst[0],
        total: '12.50',
        currency: 'EUR',
        status: 'placed',
        placed_at: newest?.placedAt.toISOString(),
        user: { id: ada.id, name: 'Ada' },
      },
    ]);
  });

  it('sends the same statements for one order and for fifty', async () => {
    const statementsFor = async (query: string, expected: number): Promise<readonly string[]> => {
      running.database.takeStatements();
      expect((await page(query)).data).toHaveLength(expected);
      return running.database.takeStatements();
    };
    const shape = (statements: readonly string[]) =>
      statements.map((statement) => statement.replaceAll(/limit \d+/g, 'limit n'));
    const one = shape(await statementsFor('limit=1', 1));
    const fifty = shape(await statementsFor('limit=50', 50));
    expect(fifty).toEqual(one);
    expect(one).toHaveLength(4); // start, user, orders with their owner, commit
  });

  it('goes through all of them, newest first, without gap or repetition', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const next: PageBody = await page(`limit=7${cursor === null ? '' : `&cursor=${cursor}`}`);
      expect(next.data.length).toBeLessThanOrEqual(7);
      expect(next.has_more).toBe(next.next_cursor !== null);
      seen.push(...next.data.map(({ id }) => id));
      cursor = next.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual(newestFirst);
  });

  it('holds 50 by default and tells that there is no more', async () => {
    expect(await page('')).toMatchObject({ status: 200, has_more: false, next_cursor: null });
    expect((await page('')).data).toHaveLength(50);
  });

  it('can be of one status', async () => {
    const cancelled = orders.filter(({ status }) => status === 'cancelled').map(({ id }) => id);
    const { data } = await page('status=cancelled');
    expect(data.map(({ id }) => id)).toEqual(newestFirst.filter((id) => cancelled.includes(id)));
  });

  it('refuses a cursor of another filter or another user', async () => {
    const { next_cursor: cursor } = await page('limit=7');
    expect((await page(`limit=9&cursor=${cursor}`)).status).toBe(200);
    expect((await page(`status=placed&cursor=${cursor}`)).status).toBe(400);
    const any = await running.token({ scopes: ['orders:read:any'] });
    expect((await page(`cursor=${cursor}`, grace.id, any)).status).toBe(400);
    const madeUp = encodeCursor(['-271821-04-20T00:00:00.000Z', newId()], ['user-orders', ada.id, null]);
    expect((await page(`cursor=${madeUp}`)).status).toBe(400);
  });

  it('is empty for a user without orders, and not there for somebody else or nobody', async () => {
    const lonely = aUser();
    await running.database.transactions.write(async ({ users }) => users.add(lonely));
    const any = await running.token({ subject: 'operator', scopes: ['orders:read:any'] });
    expect(await page('', lonely.id, any)).toMatchObject({ data: [], has_more: false, next_cursor: null });
    expect((await page('', grace.id)).status).toBe(404);
    expect((await page('', newId(), any)).status).toBe(404);
    expect((await page('', grace.id, any)).data).toHaveLength(1);
  });
});
