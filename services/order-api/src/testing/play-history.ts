import type pg from 'pg';
import { aProduct, aUser, newId } from './examples.ts';
import { type Action, type History, PRODUCTS } from './histories.ts';
import { emptyLedger, flawsOfAnswers, type Ledger } from './history-ledger.ts';
import { type HistoryRequest, type Names, requestOf } from './history-requests.ts';
import type { RunningOrderApi } from './order-api.ts';
import type { OrderDatabase } from './order-database.ts';
import { ordersWithoutEvent } from './orders-without-event.sql.ts';

/** An instance of the service, in this process or another. */
export type HistoryInstance = Pick<RunningOrderApi, 'call' | 'token'>;

const SUPPLIED = 12;

/**
 * Plays a history against instances of the service and tells in what it broke the rules: none, when all is well.
 *
 * @param instances take turns by `at`
 */
export async function flawsOf(
  history: History,
  database: Pick<OrderDatabase, 'transactions' | 'admin'>,
  instances: readonly HistoryInstance[],
): Promise<readonly string[]> {
  const user = aUser();
  const products = Array.from({ length: PRODUCTS }, () => aProduct({ stock: SUPPLIED }));
  await database.transactions.write(async (unit) => {
    unit.users.add(user);
    for (const product of products) unit.products.add(product);
  });
  const names: Names = { userId: user.id, productIds: products.map(({ id }) => id), keyPrefix: newId() };
  const ledger = emptyLedger(names.productIds, SUPPLIED);
  const tokens = await Promise.all(instances.map(({ token }) => token({ subject: user.id })));
  const sent: HistoryRequest[] = [];

  async function act(action: Action): Promise<void> {
    const request =
      action.kind === 'repeat'
        ? sent[action.request % sent.length]
        : requestOf(action, names, ledger.placedIds);
    if (!request) return;
    if (action.kind !== 'repeat') sent.push(request);
    const at = action.at % instances.length;
    const [instance, token] = [instances[at], tokens[at]];
    if (!instance || token === undefined) throw new Error('no instance');
    request.note(ledger, await instance.call({ ...request.call, token }));
  }
  for (const step of history) await Promise.all(step.map(act));

  return [...flawsOfAnswers(ledger), ...(await flawsOfRows(ledger, names, database.admin))];
}

async function flawsOfRows(ledger: Ledger, names: Names, admin: pg.Client): Promise<readonly string[]> {
  const flaws: string[] = [];
  const { rows: stocks } = await admin.query<{ id: string; stock: number; sold: number }>(
    `select p.id, p.stock,
            (select coalesce(sum(i.quantity), 0)::int from order_items i join orders o on o.id = i.order_id
             where i.product_id = p.id and o.status = 'placed') as sold
     from products p where p.id = any($1)`,
    [names.productIds],
  );
  for (const { id, stock, sold } of stocks) {
    const there = ledger.supplied.get(id);
    if (stock < 0 || stock + sold !== there) flaws.push(`stock ${stock} + sold ${sold} is not ${there}`);
  }
  const { rows: orders } = await admin.query<{ id: string; status: string; version: number }>(
    'select id, status, version from orders where user_id = $1',
    [names.userId],
  );
  const placed = new Set(ledger.placedIds);
  if (orders.length !== placed.size) flaws.push(`${placed.size} placed, ${orders.length} there`);
  for (const { id, status, version } of orders) {
    if (!placed.has(id)) flaws.push(`${id} is there and nobody was told`);
    if ((status === 'cancelled') !== ledger.cancelledIds.has(id)) flaws.push(`${id} is ${status}`);
    if (version !== (status === 'cancelled' ? 2 : 1)) flaws.push(`${id} is ${status} in version ${version}`);
  }
  const { rows: eventless } = await admin.query(ordersWithoutEvent);
  if (eventless.length > 0) flaws.push(`${eventless.length} orders lack an event, or have one too many`);
  return flaws;
}
