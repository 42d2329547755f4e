import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTcpProxy } from '../../../../test/faults/tcp-proxy.ts';
import type { OrderPool } from '../persistence/orm.ts';
import { aUser, newId } from '../testing/examples.ts';
import { type Instance, oneMoreInstance } from '../testing/instances.ts';
import { composeOrderApi, type RunningOrderApi } from '../testing/order-api.ts';
import { openOrderDatabase, type OrderDatabase, poolOf } from '../testing/order-database.ts';
import { aCommand, inShort, placing } from '../testing/place-orders.ts';
import { stocked, stockOf } from '../testing/stock.ts';
import { describeTwoApis, postTo } from './two-apis.contract.ts';

const ada = aUser();

/** Small groups, several at once: clients meet in the database and not in the queue. */
const crowded = { groupSize: 4, groupsAtOnce: 4, waitingAtMost: 1_024 };
let database: OrderDatabase;
let other: Instance;
let apis: readonly RunningOrderApi[];

beforeAll(async () => {
  database = await openOrderDatabase();
  await database.transactions.write(async ({ users }) => users.add(ada));
  other = await oneMoreInstance(database);
  apis = [
    await composeOrderApi(database, { groups: crowded }),
    await composeOrderApi(database, { groups: crowded, transactions: other.transactions }),
  ];
});
afterAll(async () => {
  await Promise.all(apis.map(({ http }) => http.close()));
  await other[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

describeTwoApis('instances', () => ({ apis, database, userId: ada.id }));

it('an order for which no connection is free is answered 503 with Retry-After, and placed when it is sent again', async () => {
  const settings = { ...database.settings, pool: poolOf(1, { connectionTimeoutMs: 300 }) };
  await using instance = await oneMoreInstance({ settings });
  const api = await composeOrderApi(database, { transactions: instance.transactions });
  const [one, key, tea] = [{ apis: [api], database, userId: ada.id }, newId(), await stocked(database)];
  const turnedAway = await instance.transactions.write(async ({ users }) => {
    await users.existing([ada.id]);
    return postTo(one, 0, key, tea.id);
  });
  expect([turnedAway.status, turnedAway.headers['retry-after']]).toEqual([503, '1']);
  expect((await postTo(one, 0, key, tea.id)).status).toBe(201);
  await api.http.close();
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
