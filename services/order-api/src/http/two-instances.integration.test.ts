import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTcpProxy } from '../../../../test/faults/tcp-proxy.ts';
import type { OrderPool } from '../persistence/orm.ts';
import { aProduct, aUser, newId } from '../testing/examples.ts';
import { type Instance, oneMoreInstance } from '../testing/instances.ts';
import { composeOrderApi, type RunningOrderApi } from '../testing/order-api.ts';
import { openOrderDatabase, type OrderDatabase } from '../testing/order-database.ts';
import { aCommand, inShort, placing } from '../testing/place-orders.ts';
import { stocked, stockOf } from '../testing/stock.ts';

const [ada, tea] = [aUser(), aProduct({ stock: 1_000 })];
let database: OrderDatabase;
let other: Instance;
let apis: readonly RunningOrderApi[];

beforeAll(async () => {
  database = await openOrderDatabase();
  await database.transactions.write(async ({ users, products }) => {
    users.add(ada);
    products.add(tea);
  });
  other = await oneMoreInstance(database);
  apis = [
    await composeOrderApi(database, {}),
    await composeOrderApi(database, { transactions: other.transactions }),
  ];
});
afterAll(async () => {
  await Promise.all(apis.map(({ http }) => http.close()));
  await other[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

/** Sends to one instance after the other. */
async function postTo(n: number, key: string, productId: string) {
  const api = apis[n % apis.length];
  if (!api) throw new Error('no instance');
  return api.call({
    method: 'POST',
    path: '/v1/orders',
    token: await api.token({ subject: ada.id }),
    headers: { 'idempotency-key': key },
    body: { user_id: ada.id, items: [{ product_id: productId, quantity: 1 }] },
  });
}

it('fifty posts with one key to two instances at once make one order, whose answer everybody gets', async () => {
  const key = newId();
  const before = await stockOf(database, tea.id);
  const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => postTo(n, key, tea.id)));
  expect(new Set(answers.map(({ status }) => status)).difference(new Set([201, 409]))).toEqual(new Set());
  const placed = answers.filter(({ status }) => status === 201);
  expect(new Set(placed.map(({ text }) => text)).size).toBe(1);
  expect(placed.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1);
  for (const n of [0, 1]) expect((await postTo(n, key, tea.id)).text).toBe(placed[0]?.text);
  expect(await stockOf(database, tea.id)).toBe(before - 1);
});

it('a hot product bought by 64 clients at two instances is sold to the last piece and no further', async () => {
  const hot = await stocked(database, { stock: 20 });
  const answers = await Promise.all(Array.from({ length: 64 }, (_, n) => postTo(n, newId(), hot.id)));
  const count = (status: number) => answers.filter((answer) => answer.status === status).length;
  expect([count(201), count(409), await stockOf(database, hot.id)]).toEqual([20, 44, 0]);
  const { rows } = await database.admin.query(
    `select deadlocks::int from pg_stat_database where datname = current_database()`,
  );
  expect(rows).toEqual([{ deadlocks: 0 }]);
});

it('a group whose COMMIT succeeds while its answer is lost on the way finds its orders', async () => {
  const direct = new URL(database.settings.databaseUrl);
  await using proxy = await startTcpProxy({ target: direct.host });
  const through = new URL(direct);
  through.host = proxy.url;
  let lost = 0;
  const loseFirstCommit = (pool: OrderPool): void => {
    pool.on('connect', (client) => {
      const query = client.query.bind(client);
      client.query = (...call) => {
        const [statement] = call;
        const text = typeof statement === 'object' && statement !== null && Reflect.get(statement, 'text');
        if (lost > 0 || (statement !== 'commit' && text !== 'commit')) return query(...call);
        lost += 1;
        void proxy.setMode({ kind: 'reset in answer', afterBytes: 0 });
        const result = query(...call);
        if (result instanceof Promise) {
          const pass = () => proxy.setMode({ kind: 'pass' });
          result.then(pass, pass);
        }
        return result;
      };
    });
  };
  const settings = { ...database.settings, databaseUrl: through.href };
  await using instance = await oneMoreInstance({ settings }, loseFirstCommit);
  const product = await stocked(database, { stock: 5 });
  const commands = [1, 2, 3].map(() => aCommand(ada.id, [product.id]));
  expect(inShort(await placing(instance.transactions)(commands))).toEqual([
    'replayed',
    'replayed',
    'replayed',
  ]);
  expect([lost, await stockOf(database, product.id)]).toEqual([1, 2]);
});
