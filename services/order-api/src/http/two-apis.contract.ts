import { expect, it } from 'vitest';
import { newId } from '../testing/examples.ts';
import type { RunningOrderApi } from '../testing/order-api.ts';
import type { OrderDatabase } from '../testing/order-database.ts';
import { stocked, stockOf } from '../testing/stock.ts';

/** Two of the service over one database, and a user who may order. */
export interface TwoApis {
  readonly apis: readonly Pick<RunningOrderApi, 'call' | 'token'>[];
  readonly database: OrderDatabase;
  readonly userId: string;
}

/** Sends to one after the other. */
export async function postTo(
  { apis, userId }: TwoApis,
  n: number,
  key: string,
  ...productIds: readonly string[]
) {
  const api = apis[n % apis.length];
  if (!api) throw new Error('nobody to send to');
  return api.call({
    method: 'POST',
    path: '/v1/orders',
    token: await api.token({ subject: userId }),
    headers: { 'idempotency-key': key },
    body: { user_id: userId, items: productIds.map((id) => ({ product_id: id, quantity: 1 })) },
  });
}

/** What holds between instances in one process and between processes. @param world asked when a test runs */
export function describeTwoApis(what: string, world: () => TwoApis): void {
  it(`fifty posts with one key to two ${what} at once make one order, whose answer everybody gets`, async () => {
    const two = world();
    const [key, tea] = [newId(), await stocked(two.database, { stock: 100 })];
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => postTo(two, n, key, tea.id)));
    expect(new Set(answers.map(({ status }) => status)).difference(new Set([201, 409]))).toEqual(new Set());
    const placed = answers.filter(({ status }) => status === 201);
    expect(new Set(placed.map(({ text }) => text)).size).toBe(1);
    expect(placed.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1);
    for (const n of [0, 1]) expect((await postTo(two, n, key, tea.id)).text).toBe(placed[0]?.text);
    expect(await stockOf(two.database, tea.id)).toBe(99);
  });

  it(`a hot product bought by 64 clients at two ${what} is sold to the last piece and no further, without a deadlock`, async () => {
    const two = world();
    const hot = await stocked(two.database, { stock: 20 });
    const other = await stocked(two.database, { stock: 100 });
    // One names them in this order and the next one in the other, so that there is something to deadlock on.
    const wanted = (n: number) => (n % 4 < 2 ? [hot.id, other.id] : [other.id, hot.id]);
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, n) => postTo(two, n, newId(), ...wanted(n))),
    );
    const count = (status: number) => answers.filter((answer) => answer.status === status).length;
    expect([count(201), count(409)]).toEqual([20, 44]);
    expect([await stockOf(two.database, hot.id), await stockOf(two.database, other.id)]).toEqual([0, 80]);
    const { rows } = await two.database.admin.query(
      `select deadlocks::int from pg_stat_database where datname = current_database()`,
    );
    expect(rows).toEqual([{ deadlocks: 0 }]);
  });
}
