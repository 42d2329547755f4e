import fc from 'fast-check';
import type { PlaceOrderResult } from '../use-cases/decide-orders.ts';
import type { CancelOrder } from '../use-cases/cancel-order.ts';
import type { SubmitOrders } from '../use-cases/submit-orders.ts';
import { orderQueue, submitOrdersUseCase } from '../use-cases/submit-orders.ts';
import { noGroupObserver } from '../use-cases/group-queue.ts';
import type { Transactions } from '../use-cases/unit-of-work.ts';
import { aCancellation, cancelling } from './cancel-orders.ts';
import { aProduct, aUser, newId } from './examples.ts';
import type { OrderDatabase } from './order-database.ts';
import { groups } from './order-api.ts';
import { ordersWithoutEvent } from './orders-without-event.sql.ts';
import { aCommand, placing } from './place-orders.ts';

interface WantedLine {
  readonly product: number;
  readonly quantity: number;
}

/** What one client does. Products, keys and orders are named by number; an order by when it was placed. */
export type Action =
  | {
      readonly kind: 'place';
      readonly at: number;
      readonly key: number;
      readonly lines: readonly WantedLine[];
    }
  | { readonly kind: 'batch'; readonly at: number; readonly orders: readonly (readonly WantedLine[])[] }
  | {
      readonly kind: 'cancel';
      readonly at: number;
      readonly order: number;
      readonly knows: 'first version' | 'any';
    }
  | { readonly kind: 'restock'; readonly at: number; readonly product: number; readonly quantity: number };

/** Steps follow each other; the actions of one step happen at the same time. */
export type History = readonly (readonly Action[])[];

export const PRODUCTS = 3;
const SUPPLIED = 12;

const line = fc.record({ product: fc.nat(PRODUCTS - 1), quantity: fc.integer({ min: 1, max: 4 }) });
const lines = fc.uniqueArray(line, { minLength: 1, maxLength: PRODUCTS, selector: ({ product }) => product });
const at = fc.nat(1);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('place' as const), at, key: fc.nat(9), lines }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('batch' as const),
      at,
      orders: fc.array(lines, { minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('cancel' as const),
      at,
      order: fc.nat(20),
      knows: fc.constantFrom('first version' as const, 'any' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('restock' as const),
      at,
      product: fc.nat(PRODUCTS - 1),
      quantity: fc.integer({ min: 1, max: 6 }),
    }),
  },
);

export const histories: fc.Arbitrary<History> = fc.array(fc.array(action, { minLength: 1, maxLength: 6 }), {
  minLength: 1,
  maxLength: 8,
});

interface Client {
  readonly transactions: Transactions;
  readonly submit: SubmitOrders;
  readonly cancel: CancelOrder;
}

function clientOf(transactions: Transactions): Client {
  return {
    transactions,
    submit: submitOrdersUseCase(orderQueue(groups, placing(transactions), noGroupObserver)),
    cancel: cancelling(transactions, () => undefined),
  };
}

/**
 * Plays a history against instances of the service and tells in what it broke the rules: none, when all is well.
 *
 * @param instances take turns by `at`
 */
export async function flawsOf(
  history: History,
  database: OrderDatabase,
  instances: readonly Transactions[],
): Promise<readonly string[]> {
  const user = aUser();
  const products = Array.from({ length: PRODUCTS }, () => aProduct({ stock: SUPPLIED }));
  await database.transactions.write(async (unit) => {
    unit.users.add(user);
    for (const product of products) unit.products.add(product);
  });
  const clients = instances.map(clientOf);
  const supplied = products.map(() => SUPPLIED);
  const placedIds: string[] = [];
  const answersByKey = new Map<string, Set<string>>();
  const flaws: string[] = [];
  const keys = Array.from({ length: 10 }, () => newId());
  const idOf = (n: number) => products[n]?.id ?? newId();
  const wish = (wanted: readonly WantedLine[], key: string) =>
    aCommand(user.id, [], {
      idempotencyKey: key,
      lines: wanted.map(({ product, quantity }) => ({ productId: idOf(product), quantity })),
    });

  function note(key: string, result: PlaceOrderResult | undefined): void {
    if (result?.kind === 'failed') flaws.push(`failed: ${String(result.error)}`);
    if (result?.kind !== 'placed' && result?.kind !== 'replayed') return;
    const answers = answersByKey.get(key) ?? new Set<string>();
    answersByKey.set(key, answers.add(result.answer.body));
    if (result.kind === 'placed') placedIds.push(String(JSON.parse(result.answer.body).id));
  }

  async function act(one: Action): Promise<void> {
    const client = clients[one.at % clients.length];
    if (!client) throw new Error('no instance');
    switch (one.kind) {
      case 'place': {
        const key = keys[one.key] ?? newId();
        const [result] = await client.submit([wish(one.lines, key)], () => true);
        return note(key, result);
      }
      case 'batch': {
        const commands = one.orders.map((wanted) => wish(wanted, newId()));
        const results = await client.submit(commands, () => true);
        return commands.forEach(({ idempotencyKey }, index) => note(idempotencyKey, results[index]));
      }
      case 'cancel': {
        const orderId = placedIds[one.order];
        if (orderId === undefined) return;
        const expected = one.knows === 'any' ? 'any' : [1];
        const result = await client.cancel(aCancellation(user.id, orderId, { expected }));
        const allowed = ['stale-version', 'not-cancellable'];
        if (result.kind === 'rejected' && !allowed.includes(result.rejection.kind)) {
          flaws.push(`a cancellation was refused: ${result.rejection.kind}`);
        }
        return;
      }
      case 'restock': {
        await client.transactions.write(async (unit) => {
          const [product] = await unit.products.lock([idOf(one.product)]);
          if (!product) return;
          const { stock, version } = product;
          unit.products.save({ ...product, stock: stock + one.quantity, version: version + 1 });
        });
        supplied[one.product] = (supplied[one.product] ?? 0) + one.quantity;
      }
    }
  }

  for (const step of history) await Promise.all(step.map(act));

  for (const [key, answers] of answersByKey) {
    if (answers.size > 1) flaws.push(`key ${key} got ${answers.size} different orders`);
  }
  const { rows: stocks } = await database.admin.query<{ id: string; stock: number; sold: number }>(
    `select p.id, p.stock,
            (select coalesce(sum(i.quantity), 0)::int from order_items i join orders o on o.id = i.order_id
             where i.product_id = p.id and o.status = 'placed') as sold
     from products p where p.id = any($1)`,
    [products.map(({ id }) => id)],
  );
  for (const { id, stock, sold } of stocks) {
    const there = supplied[products.findIndex((product) => product.id === id)];
    if (stock < 0 || stock + sold !== there) flaws.push(`stock ${stock} + sold ${sold} is not ${there}`);
  }
  const { rows: orders } = await database.admin.query<{ id: string; status: string; version: number }>(
    'select id, status, version from orders where user_id = $1',
    [user.id],
  );
  if (orders.length !== placedIds.length) flaws.push(`${placedIds.length} placed, ${orders.length} there`);
  for (const { id, status, version } of orders) {
    if (version !== (status === 'cancelled' ? 2 : 1)) flaws.push(`${id} is ${status} in version ${version}`);
  }
  const { rows: eventless } = await database.admin.query(ordersWithoutEvent);
  if (eventless.length > 0) flaws.push(`${eventless.length} orders lack an event, or have one too many`);
  return flaws;
}
