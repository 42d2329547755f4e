import { describe, expect, it } from 'vitest';
import { InMemoryTransactions } from '../persistence/in-memory/in-memory-transactions.ts';
import { aProduct, newId } from '../testing/examples.ts';
import { type AdjustStockCommand, adjustStockUseCase } from './adjust-stock.ts';
import { ANSWER_KEPT_MS } from './idempotency.ts';
import { GREATEST_STOCK } from '../domain/product.ts';
import { StorageError } from './storage-error.ts';
import type { Transactions } from './unit-of-work.ts';

const [tea, cup] = [aProduct({ stock: 3 }), aProduct({ stock: 3 })];
const author = { actor: 'clerk', requestId: 'r' };

async function given(wrap: (inner: InMemoryTransactions) => Transactions = (inner) => inner) {
  const transactions = new InMemoryTransactions();
  await transactions.write(async ({ products }) => [tea, cup].forEach((product) => products.add(product)));
  let now = 0;
  const adjust = adjustStockUseCase({
    transactions: wrap(transactions),
    presentation: (levels) => ({ status: 200, headers: {}, body: JSON.stringify(levels) }),
    now: () => new Date(now),
    random: () => 0,
    onRepeat: () => undefined,
    signal: new AbortController().signal,
  });
  return {
    transactions,
    later: (ms: number) => {
      now += ms;
    },
    adjust: (deltas: readonly (readonly [string, number])[], key = newId(), as = author) => {
      const adjustments = deltas.map(([productId, delta]) => ({ productId, delta }));
      const command: AdjustStockCommand = { author: as, idempotencyKey: key, adjustments };
      return adjust(command);
    },
    stock: () =>
      transactions.write(async ({ products }) =>
        (await products.lock([tea.id, cup.id])).map(({ stock }) => stock),
      ),
  };
}

const rejection = (kind: string) => ({ kind: 'rejected', rejection: expect.objectContaining({ kind }) });

describe('adjusting stock', () => {
  it('answers with the new levels in the order asked for, and tells the audit log', async () => {
    const { adjust, stock, transactions } = await given();
    const outcome = await adjust([
      [cup.id, 2],
      [tea.id, -1],
    ]);
    const levels = [
      { productId: cup.id, stock: 5, version: 2 },
      { productId: tea.id, stock: 2, version: 2 },
    ];
    expect(outcome).toMatchObject({ value: { kind: 'first', answer: { body: JSON.stringify(levels) } } });
    expect(await stock()).toEqual([2, 5]);
    expect(transactions.audit).toMatchObject([
      { action: 'stock.adjusted', rowId: cup.id, version: 2, author },
      { action: 'stock.adjusted', rowId: tea.id, version: 2, author },
    ]);
  });

  it('is done once per key, and answered the same again', async () => {
    const { adjust, stock, later } = await given();
    const first = await adjust([[tea.id, 1]], 'key');
    const second = await adjust([[tea.id, 1]], 'key');
    expect(second).toEqual({
      kind: 'done',
      value: { ...(first.kind === 'done' && first.value), kind: 'replayed' },
    });
    expect(await adjust([[tea.id, 2]], 'key')).toEqual(rejection('idempotency-key-reused'));
    await adjust([[tea.id, 1]], 'key', { ...author, actor: 'another' });
    expect(await stock()).toEqual([5, 3]);
    later(ANSWER_KEPT_MS);
    await adjust([[tea.id, 2]], 'key');
    expect(await stock()).toEqual([7, 3]);
  });

  it('finds its own commit when the answer to it was lost', async () => {
    let lost = 0;
    const { adjust, stock } = await given((inner) => ({
      read: (work) => inner.read(work),
      async write(work) {
        const result = await inner.write(work);
        if (lost++ === 0) throw new StorageError({ sqlState: '08006' });
        return result;
      },
    }));
    expect(await adjust([[tea.id, 1]])).toMatchObject({ value: { kind: 'replayed' } });
    expect(await stock()).toEqual([4, 3]);
  });

  it.each([
    [
      'repeated-adjustment',
      [
        [tea.id, 1],
        [tea.id, 1],
      ],
    ],
    [
      'unknown-adjusted-product',
      [
        [tea.id, 1],
        [newId(), 1],
      ],
    ],
    [
      'insufficient-stock',
      [
        [tea.id, 1],
        [cup.id, -4],
      ],
    ],
    [
      'stock-too-large',
      [
        [tea.id, 1],
        [cup.id, GREATEST_STOCK],
      ],
    ],
  ] as const)('does nothing of what it refuses: %s', async (kind, deltas) => {
    const { adjust, stock, transactions } = await given();
    expect(await adjust(deltas, 'key')).toEqual(rejection(kind));
    expect(await stock()).toEqual([3, 3]);
    expect(transactions.audit).toEqual([]);
    // A no is not stored: the key is still free.
    expect(await adjust([[tea.id, 1]], 'key')).toMatchObject({ value: { kind: 'first' } });
  });
});
