import { beforeEach, describe, expect, it } from 'vitest';
import { InMemoryTransactions } from '../persistence/in-memory/in-memory-transactions.ts';
import { aPrincipal, aProduct, aUser, newId } from '../testing/examples.ts';
import { aCommand, inShort, placing } from '../testing/place-orders.ts';
import { StorageError } from './storage-error.ts';
import type { Transactions, UnitOfWork } from './unit-of-work.ts';

const user = aUser();
const tea = aProduct({ stock: 5 });
const cup = aProduct({ stock: 1 });
let store: InMemoryTransactions;

beforeEach(async () => {
  store = new InMemoryTransactions();
  await store.write(async ({ users, products }) => {
    users.add(user);
    products.add(tea);
    products.add(cup);
  });
});

async function stockOf(id: string): Promise<number | undefined> {
  const [product] = await store.write(({ products }) => products.lock([id]));
  return product?.stock;
}

/** Counts units of work and lets each one fail as told, before its commit or after it. */
function faulty(fail: (attempt: number, when: 'before commit' | 'after commit', unit?: UnitOfWork) => void) {
  let attempts = 0;
  const transactions: Transactions = {
    async write(work) {
      attempts += 1;
      const attempt = attempts;
      const result = await store.write(async (unit) => {
        const inner = await work(unit);
        fail(attempt, 'before commit', unit);
        return inner;
      });
      fail(attempt, 'after commit');
      return result;
    },
    read: (work) => store.read(work),
  };
  return { transactions, attempts: () => attempts };
}

describe('given a batch of commands', () => {
  it('answers each by its own merit, in order', async () => {
    const commands = [
      aCommand(user.id, [tea.id]),
      aCommand(user.id, [newId()]),
      aCommand(newId(), [tea.id]),
      aCommand(user.id, [tea.id], { principal: aPrincipal(newId(), 'orders:write') }),
      aCommand(user.id, [tea.id], { principal: aPrincipal('operator', 'orders:write:any') }),
    ];
    expect(inShort(await placing(store)(commands))).toEqual([
      'placed',
      'unknown-product',
      'unknown-user',
      'order-for-another-user',
      'placed',
    ]);
    expect(store.outbox).toHaveLength(2);
    expect(store.audit.map(({ author, action }) => [author.actor, action])).toEqual([
      [user.id, 'order.placed'],
      ['operator', 'order.placed'],
    ]);
    expect(await stockOf(tea.id)).toBe(3);
  });

  it('gives the last piece to the first of two', async () => {
    const commands = [aCommand(user.id, [cup.id]), aCommand(user.id, [cup.id]), aCommand(user.id, [tea.id])];
    expect(inShort(await placing(store)(commands))).toEqual(['placed', 'insufficient-stock', 'placed']);
    expect(await stockOf(cup.id)).toBe(0);
  });

  it('gives a key that comes twice the first one’s result, and refuses it for another request', async () => {
    const first = aCommand(user.id, [tea.id]);
    const other = aCommand(user.id, [tea.id, cup.id], { idempotencyKey: first.idempotencyKey });
    const { transactions, attempts } = faulty(() => undefined);
    const results = await placing(transactions)([first, { ...first }, other, first]);
    expect(attempts()).toBe(1);
    expect(inShort(results)).toEqual(['placed', 'replayed', 'idempotency-key-reused', 'replayed']);
    expect(results[1]).toEqual({ ...results[0], kind: 'replayed' });
    expect(store.outbox).toHaveLength(1);
  });

  it('lets the same key of another principal be another order', async () => {
    const first = aCommand(user.id, [tea.id]);
    const second = { ...first, principal: aPrincipal('operator', 'orders:write:any') };
    expect(inShort(await placing(store)([first, second]))).toEqual(['placed', 'placed']);
  });

  it('stores no rejection: the key is free for a second try', async () => {
    const command = aCommand(user.id, [cup.id], { lines: [{ productId: cup.id, quantity: 2 }] });
    expect(inShort(await placing(store)([command, command]))).toEqual([
      'insufficient-stock',
      'insufficient-stock',
    ]);
    expect(
      inShort(await placing(store)([{ ...command, lines: [{ productId: cup.id, quantity: 1 }] }])),
    ).toEqual(['placed']);
  });

  it('replays the stored answer until it expires after 24 hours', async () => {
    const command = aCommand(user.id, [tea.id]);
    const at = (hours: number) => placing(store, { now: () => new Date(hours * 3_600_000) })([command]);
    expect(inShort([...(await at(0)), ...(await at(23.9)), ...(await at(24))])).toEqual([
      'placed',
      'replayed',
      'placed',
    ]);
  });

  it('answers nothing to nothing', async () => {
    expect(await placing(store)([])).toEqual([]);
  });
});

describe('when the first request with a key is still running', () => {
  it('answers request-in-progress to the second and leaves the others alone', async () => {
    const command = aCommand(user.id, [tea.id]);
    const identity = { principal: user.id, route: 'POST /v1/orders', key: command.idempotencyKey };
    const results = await store.write(async ({ idempotency }) => {
      await idempotency.tryLock([identity]);
      return placing(store)([command, aCommand(user.id, [cup.id])]);
    });
    expect(inShort(results)).toEqual(['request-in-progress', 'placed']);
    expect(store.outbox).toHaveLength(1);
  });
});

describe('when the database refuses the data of one command', () => {
  it.each<[string, Error]>([
    ['22003', new StorageError({ sqlState: '22003' })],
    ['23514', new StorageError({ sqlState: '23514' })],
    ['55P03', new StorageError({ sqlState: '55P03' })],
    ['57014', new StorageError({ sqlState: '57014' })],
    ['a mistake of ours', new TypeError('a bug')],
  ])('halves the batch until it stands alone (%s)', async (_, refusal) => {
    const commands = Array.from({ length: 5 }, () => aCommand(user.id, [tea.id]));
    const culprit = commands[3]?.idempotencyKey;
    const attempts: number[] = [];
    const transactions: Transactions = {
      read: (work) => store.read(work),
      write: (work) => {
        attempts.push(1);
        return store.write((unit) => {
          const put: UnitOfWork['idempotency']['put'] = (record, now) => {
            if (record.identity.key === culprit) throw refusal;
            unit.idempotency.put(record, now);
          };
          return work({ ...unit, idempotency: { ...unit.idempotency, put } });
        });
      },
    };
    const results = await placing(transactions)(commands);
    expect(inShort(results)).toEqual(['placed', 'placed', 'placed', 'failed', 'placed']);
    expect(results[3]).toEqual({ kind: 'failed', error: refusal });
    // 5, 3, 2, 1, 1: nobody but the culprit's companions tries again.
    expect(attempts).toHaveLength(5);
    expect(store.outbox).toHaveLength(4);
    expect(await stockOf(tea.id)).toBe(1);
  });

  it('calls a user who went away unknown', async () => {
    const { transactions } = faulty((_, when) => {
      if (when === 'before commit') {
        throw new StorageError({ sqlState: '23503', constraint: 'fk_orders_user_id' });
      }
    });
    expect(inShort(await placing(transactions)([aCommand(user.id, [tea.id])]))).toEqual(['unknown-user']);
  });
});

describe('when the database is away', () => {
  it.each(['40001', '40P01', '57P01', '08006'])('repeats the whole batch (%s)', async (sqlState) => {
    const { transactions, attempts } = faulty((attempt, when) => {
      if (attempt <= 2 && when === 'before commit') throw new StorageError({ sqlState });
    });
    const results = await placing(transactions)([aCommand(user.id, [tea.id]), aCommand(user.id, [cup.id])]);
    expect(inShort(results)).toEqual(['placed', 'placed']);
    expect(attempts()).toBe(3);
    expect(store.outbox).toHaveLength(2);
  });

  it('finds the order by its key when only the acknowledgement of the commit was lost', async () => {
    const { transactions } = faulty((attempt, when) => {
      if (attempt === 1 && when === 'after commit') throw new StorageError({ sqlState: '08006' });
    });
    expect(inShort(await placing(transactions)([aCommand(user.id, [tea.id])]))).toEqual(['replayed']);
    expect(store.outbox).toHaveLength(1);
    expect(await stockOf(tea.id)).toBe(4);
  });

  it('gives up in the end, and says so for every command', async () => {
    const { transactions, attempts } = faulty(() => {
      throw new StorageError({ sqlState: '08006' });
    });
    const results = await placing(transactions)([aCommand(user.id, [tea.id]), aCommand(user.id, [cup.id])]);
    expect(inShort(results)).toEqual(['failed', 'failed']);
    expect(attempts()).toBe(5);
  });

  it('does not make a shortage worse by asking again', async () => {
    const { transactions, attempts } = faulty(() => {
      throw new StorageError({ sqlState: '53300' });
    });
    expect(inShort(await placing(transactions)([aCommand(user.id, [tea.id])]))).toEqual(['failed']);
    expect(attempts()).toBe(1);
  });

  it('tells of each repetition and why', async () => {
    const { transactions } = faulty((attempt, when) => {
      if (attempt <= 2 && when === 'before commit') throw new StorageError({ sqlState: '40P01' });
    });
    const told: unknown[] = [];
    await placing(transactions, { onRepeat: (error) => told.push(error) })([aCommand(user.id, [tea.id])]);
    expect(told).toMatchObject([{ sqlState: '40P01' }, { sqlState: '40P01' }]);
  });

  it('does not repeat what is neither: a mistake of ours', async () => {
    const { transactions, attempts } = faulty(() => {
      throw new TypeError('a bug');
    });
    expect(inShort(await placing(transactions)([aCommand(user.id, [tea.id])]))).toEqual(['failed']);
    expect(attempts()).toBe(1);
  });
});
