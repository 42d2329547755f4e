import { beforeEach, describe, expect, it } from 'vitest';
import { GREATEST_STOCK } from '../domain/product.ts';
import { InMemoryTransactions } from '../persistence/in-memory/in-memory-transactions.ts';
import { aCancellation, cancelling } from '../testing/cancel-orders.ts';
import { anOrder, aPrincipal, aProduct, aUser, newId } from '../testing/examples.ts';
import type { CancelOrderCommand } from './cancel-order.ts';
import { StorageError } from './storage-error.ts';
import type { Transactions } from './unit-of-work.ts';

const user = aUser();
const [tea, cup] = [aProduct({ stock: 5 }), aProduct({ stock: 1 })];
const order = anOrder(user, [tea, cup]);
let store: InMemoryTransactions;

beforeEach(async () => {
  store = new InMemoryTransactions();
  await store.write(async ({ users, products }) => {
    users.add(user);
    products.add(tea);
    products.add(cup);
  });
  await store.write(async ({ orders }) => orders.add(order));
});

async function stock(): Promise<readonly number[]> {
  const products = await store.write((unit) => unit.products.lock([tea.id, cup.id]));
  return [tea.id, cup.id].map((id) => products.find((product) => product.id === id)?.stock ?? Number.NaN);
}

const cancel = (transactions: Transactions = store) => cancelling(transactions);
const command = (changes: Partial<CancelOrderCommand> = {}) => aCancellation(user.id, order.id, changes);

describe('an order that is cancelled', () => {
  it('gives its stock back, and its event has the next version', async () => {
    const result = await cancel()(command());
    expect(result).toMatchObject({ kind: 'cancelled', answer: { status: 200, headers: { etag: '"2"' } } });
    expect(await stock()).toEqual([6, 2]);
    expect(store.outbox).toMatchObject([{ topic: 'order_cancelled', key: order.id, version: 2 }]);
  });

  it('answers the same key again as the first time, whatever has become of the order', async () => {
    const first = command();
    const { kind: _, ...answer } = await cancel()(first);
    expect(await cancel()(first)).toEqual({ kind: 'replayed', ...answer });
    expect(await cancel()({ ...first, expected: undefined })).toEqual({ kind: 'replayed', ...answer });
    expect(await cancel()({ ...first, orderId: newId() })).toMatchObject({
      rejection: { kind: 'idempotency-key-reused' },
    });
    expect(await stock()).toEqual([6, 2]);
  });

  it.each<[string, Partial<CancelOrderCommand>, object]>([
    ['without saying which version', { expected: undefined }, { kind: 'precondition-required' }],
    ['in another version', { expected: [2, 3] }, { kind: 'stale-version', current: 1 }],
    ['that is not there', { orderId: newId() }, { kind: 'not-found' }],
    ['of somebody else', { principal: aPrincipal(newId(), 'orders:write') }, { kind: 'not-found' }],
  ])('is refused %s', async (_, changes, rejection) => {
    expect(await cancel()(command(changes))).toMatchObject({ kind: 'rejected', rejection });
    expect([await stock(), store.outbox]).toEqual([[5, 1], []]);
  });

  it('is refused while its stock has no room, and not for ever', async () => {
    await store.write(async ({ products }) => {
      await products.adjust([{ productId: tea.id, delta: GREATEST_STOCK - 5 }]);
    });
    const first = command();
    expect(await cancel()(first)).toMatchObject({
      rejection: { kind: 'no-room-for-returns', productIds: [tea.id] },
    });
    expect([await stock(), store.outbox]).toEqual([[GREATEST_STOCK, 1], []]);
    await store.write(async ({ products }) => {
      await products.adjust([{ productId: tea.id, delta: -1 }]);
    });
    expect((await cancel()(first)).kind).toBe('cancelled');
    expect(await stock()).toEqual([GREATEST_STOCK, 2]);
  });

  it('is refused a second time: stale for who has the old version, not cancellable for who has the new', async () => {
    await cancel()(command({ principal: aPrincipal('clerk', 'orders:write:any') }));
    expect(await cancel()(command())).toMatchObject({ rejection: { kind: 'stale-version', current: 2 } });
    for (const expected of [[2], 'any'] as const) {
      expect(await cancel()(command({ expected }))).toMatchObject({ rejection: { kind: 'not-cancellable' } });
    }
    expect([await stock(), store.outbox.length]).toEqual([[6, 2], 1]);
  });
});

describe('two at once', () => {
  it('cancel once', async () => {
    const results = await Promise.all([cancel()(command()), cancel()(command({ expected: 'any' }))]);
    expect(results.map(({ kind }) => kind).toSorted()).toEqual(['cancelled', 'rejected']);
    expect([await stock(), store.outbox.length]).toEqual([[6, 2], 1]);
  });

  it('with one key: the second is told that the first is running', async () => {
    const first = command();
    const results = await Promise.all([cancel()(first), cancel()(first)]);
    expect(results).toContainEqual({ kind: 'rejected', rejection: { kind: 'request-in-progress' } });
    expect((await cancel()(first)).kind).toBe('replayed');
  });
});

describe('when the acknowledgement of the commit is lost', () => {
  it('finds the cancellation by its key', async () => {
    let attempts = 0;
    const deaf: Transactions = {
      read: (work) => store.read(work),
      async write(work) {
        const result = await store.write(work);
        attempts += 1;
        if (attempts === 1) throw new StorageError({ sqlState: '08006' });
        return result;
      },
    };
    expect((await cancel(deaf)(command())).kind).toBe('replayed');
    expect([attempts, await stock()]).toEqual([2, [6, 2]]);
  });
});
