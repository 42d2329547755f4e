import { afterAll, beforeAll, inject } from 'vitest';
import '../../../../test/servers/provided.ts';
import { temporaryFolder } from '../../../../test/servers/temporary-folder.ts';
import { type ApiProcesses, startApiProcesses } from '../testing/api-processes.ts';
import { aUser } from '../testing/examples.ts';
import { openOrderDatabase, type OrderDatabase } from '../testing/order-database.ts';
import { describeTwoApis } from './two-apis.contract.ts';

const ada = aUser();

/** Small groups, several at once: clients meet in the database and not in the queue. */
const crowded = { ORDER_GROUP_SIZE: '4', ORDER_GROUPS_AT_ONCE: '8' };
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
      ...crowded,
    }),
  );
}, 120_000);
afterAll(() => stack.disposeAsync());

describeTwoApis('processes', () => ({ apis: processes.all, database, userId: ada.id }));
