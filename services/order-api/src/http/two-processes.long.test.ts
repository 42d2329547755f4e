import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import '../../../../test/servers/provided.ts';
import { temporaryFolder } from '../../../../test/servers/temporary-folder.ts';
import { type ApiProcesses, startApiProcesses } from '../testing/api-processes.ts';
import { aUser, newId } from '../testing/examples.ts';
import { openOrderDatabase, type OrderDatabase } from '../testing/order-database.ts';
import { stocked, stockOf } from '../testing/stock.ts';

const ada = aUser();
const stack = new AsyncDisposableStack();
let database: OrderDatabase;
let processes: ApiProcesses;

beforeAll(async () => {
  const folder = stack.use(temporaryFolder());
  database = stack.use(await openOrderDatabase());
  await database.transactions.write(async ({ users }) => users.add(ada));
  processes = stack.use(
    await startApiProcesses(2, folder.path, {
      DATABASE_URL: database.settings.databaseUrl,
      REDIS_URL: inject('servers').redisUrl,
    }),
  );
}, 120_000);
afterAll(() => stack.disposeAsync());

/** Sends to one process after the other. */
async function postTo(n: number, key: string, productId: string) {
  const api = processes.all[n % processes.all.length];
  if (!api) throw new Error('no process');
  return api.call({
    method: 'POST',
    path: '/v1/orders',
    token: await api.token({ subject: ada.id }),
    headers: { 'idempotency-key': key },
    body: { user_id: ada.id, items: [{ product_id: productId, quantity: 1 }] },
  });
}

it('fifty posts with one key to two processes at once make one order, whose answer everybody gets', async () => {
  const [key, tea] = [newId(), await stocked(database, { stock: 100 })];
  const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => postTo(n, key, tea.id)));
  expect(new Set(answers.map(({ status }) => status)).difference(new Set([201, 409]))).toEqual(new Set());
  const placed = answers.filter(({ status }) => status === 201);
  expect(new Set(placed.map(({ text }) => text)).size).toBe(1);
  expect(placed.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1);
  for (const n of [0, 1]) expect((await postTo(n, key, tea.id)).text).toBe(placed[0]?.text);
  expect(await stockOf(database, tea.id)).toBe(99);
});

it('a hot product bought by 64 clients at two processes is sold to the last piece and no further', async () => {
  const hot = await stocked(database, { stock: 20 });
  const answers = await Promise.all(Array.from({ length: 64 }, (_, n) => postTo(n, newId(), hot.id)));
  const count = (status: number) => answers.filter((answer) => answer.status === status).length;
  expect([count(201), count(409), await stockOf(database, hot.id)]).toEqual([20, 44, 0]);
});
