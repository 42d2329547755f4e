import { describe, expect, it } from 'vitest';
import { money } from '../domain/money.ts';
import type { Order } from '../domain/order.ts';
import type { Product } from '../domain/product.ts';
import type { User } from '../domain/user.ts';
import { aPrincipal, anOrder, aProduct, aUser, newId } from '../testing/examples.ts';
import type { IdempotencyRecord } from '../use-cases/idempotency.ts';
import type { Transactions } from '../use-cases/unit-of-work.ts';

/** What every use case relies on. Runs over PostgreSQL and over the fake, so that the fake tells no lies. */
export function describeRepositories(name: string, transactions: () => Transactions): void {
  const write: Transactions['write'] = (work) => transactions().write(work);
  const read: Transactions['read'] = (work) => transactions().read(work);
  const given = async (...users: User[]) =>
    write(async (unit) => users.forEach((user) => unit.users.add(user)));
  const stocked = async (...products: Product[]) =>
    write(async (unit) => products.forEach((product) => unit.products.add(product)));
  const placed = async (...orders: Order[]) =>
    write(async (unit) => orders.forEach((order) => unit.orders.add(order)));

  describe(`${name}: users`, () => {
    it('gives back what was added, by id and by e-mail in any case', async () => {
      const user = aUser();
      await given(user);
      expect(await read(({ users }) => users.get(user.id))).toEqual(user);
      expect(await read(({ users }) => users.byEmail(user.email.toUpperCase()))).toEqual(user);
      expect(await read(({ users }) => users.get(newId()))).toBeUndefined();
      expect(await read(({ users }) => users.byEmail('nobody@example.com'))).toBeUndefined();
    });

    it('refuses a second user with the same address in another case, by constraint', async () => {
      const user = aUser();
      await given(user);
      await expect(given(aUser({ email: user.email.toUpperCase() }))).rejects.toMatchObject({
        code: 'STORAGE',
        failure: 'refused',
        sqlState: '23505',
        constraint: 'uq_users_email',
      });
    });

    it('refuses two users with one address in one unit of work, and keeps neither', async () => {
      const user = aUser();
      await expect(given(user, aUser({ email: user.email }))).rejects.toMatchObject({
        constraint: 'uq_users_email',
      });
      expect(await read(({ users }) => users.get(user.id))).toBeUndefined();
    });

    it('does not see an addition before it is committed, and forgets it when the work fails', async () => {
      const user = aUser();
      const work = write(async ({ users }) => {
        users.add(user);
        expect(await users.byEmail(user.email)).toBeUndefined();
        throw new Error('changed my mind');
      });
      await expect(work).rejects.toThrow('changed my mind');
      expect(await read(({ users }) => users.byEmail(user.email))).toBeUndefined();
    });

    it('lists in the order of ids, from behind a given one', async () => {
      const users = [aUser(), aUser(), aUser(), aUser()];
      await given(...users.toReversed());
      const after = users[0]?.id;
      expect(await read((unit) => unit.users.list({ limit: 2, after }))).toEqual(users.slice(1, 3));
    });

    it('tells which ids exist', async () => {
      const user = aUser();
      await given(user);
      expect(await read(({ users }) => users.existing([user.id, newId()]))).toEqual(new Set([user.id]));
      expect(await read(({ users }) => users.existing([]))).toEqual(new Set());
    });
  });

  describe(`${name}: products`, () => {
    it('locks in id order, leaves out what does not exist, and saves what was locked', async () => {
      const products = [aProduct({ price: money('0.10', 'USD') }), aProduct()];
      await stocked(...products);
      const locked = await write(async (unit) => {
        const found = await unit.products.lock([...products.map(({ id }) => id).toReversed(), newId()]);
        for (const product of found) unit.products.save({ ...product, stock: 3, version: 2 });
        return found;
      });
      expect(locked).toEqual(products);
      const again = await write((unit) => unit.products.lock(products.map(({ id }) => id)));
      expect(again).toEqual(products.map((product) => ({ ...product, stock: 3, version: 2 })));
    });

    it('lets the second locker wait and see what the first one left', async () => {
      const product = aProduct();
      await stocked(product);
      const holding = Promise.withResolvers<void>();
      const letGo = Promise.withResolvers<void>();
      const first = write(async (unit) => {
        const [mine] = await unit.products.lock([product.id]);
        holding.resolve();
        await letGo.promise;
        if (mine) unit.products.save({ ...mine, stock: 1, version: 2 });
      });
      await holding.promise;
      const second = write((unit) => unit.products.lock([product.id]));
      const early = await Promise.race([
        second,
        new Promise((resolve) => setTimeout(resolve, 50, 'waiting')),
      ]);
      letGo.resolve();
      await first;
      expect(early).toBe('waiting');
      expect(await second).toEqual([{ ...product, stock: 1, version: 2 }]);
    });

    it('refuses to save what was not locked', async () => {
      const product = aProduct();
      await stocked(product);
      await expect(write(async ({ products }) => products.save(product))).rejects.toThrow('locked');
    });

    it('refuses a stock below zero and a second product with the same sku', async () => {
      const product = aProduct();
      await stocked(product);
      await expect(stocked(aProduct({ stock: -1 }))).rejects.toMatchObject({
        sqlState: '23514',
        constraint: 'ck_products_stock_not_negative',
      });
      await expect(stocked(aProduct({ sku: product.sku }))).rejects.toMatchObject({
        sqlState: '23505',
        constraint: 'uq_products_sku',
      });
    });

    it('finds a part of the name in any case, page by page', async () => {
      const mark = newId();
      const products = [1, 2, 3].map((n) => aProduct({ name: `Green ${mark} Tea ${n}` }));
      await stocked(...products);
      const search = (limit: number, after?: string) =>
        read((unit) => unit.products.search({ limit, after, nameContains: `${mark} TEA`.toUpperCase() }));
      expect(await search(2)).toEqual(products.slice(0, 2));
      expect(await search(2, products[1]?.id)).toEqual(products.slice(2));
    });

    it.each(['100%', 'a_b', String.raw`back\slash`, `quote's "?"`])(
      'takes %s in a name literally',
      async (text) => {
        const mark = newId();
        const product = aProduct({ name: `${mark}${text}` });
        await stocked(product, aProduct({ name: `${mark}100 percent, acb, back slash, quote's "?` }));
        const found = await read((unit) =>
          unit.products.search({ limit: 9, after: undefined, nameContains: `${mark}${text}` }),
        );
        expect(found).toEqual([product]);
      },
    );
  });

  describe(`${name}: orders`, () => {
    async function buyerWithTea() {
      const user = aUser();
      const products = [aProduct(), aProduct({ price: money('0.01', 'EUR') })];
      await given(user);
      await stocked(...products);
      return { user, products };
    }

    it('shows an order with its lines to its owner and to who may see any, and to nobody else', async () => {
      const { user, products } = await buyerWithTea();
      const order = anOrder(user, products.toReversed());
      await placed(order);
      const as = (principal: Parameters<typeof aPrincipal>) =>
        read(({ orders }) => orders.get(order.id, aPrincipal(...principal)));
      expect(await as([user.id])).toEqual(order);
      expect(await as(['operator', 'orders:read:any'])).toEqual(order);
      expect(await as([newId()])).toBeUndefined();
      expect(await as(['operator'])).toBeUndefined();
    });

    it('lists newest first, equal times by id, from behind a position, by status', async () => {
      const { user, products } = await buyerWithTea();
      const at = (ms: number, status: Order['status'] = 'placed') =>
        anOrder(user, products, { placedAt: new Date(1_800_000_000_000 + ms), status });
      const [oldest, low, high, newest] = [at(1), at(2), at(2, 'cancelled'), at(3)];
      await placed(low, newest, oldest, high);
      const list = async (limit: number, after?: Order, status?: Order['status']) => {
        const found = await read(({ orders }) =>
          orders.listByUser(user.id, { limit, after, status }, aPrincipal(user.id)),
        );
        return found.map(({ id }) => id);
      };
      expect(await list(9)).toEqual([newest.id, high.id, low.id, oldest.id]);
      expect(await list(2)).toEqual([newest.id, high.id]);
      expect(await list(9, high)).toEqual([low.id, oldest.id]);
      expect(await list(9, undefined, 'cancelled')).toEqual([high.id]);
    });

    it('lists with the owner, and nothing to those who must not see', async () => {
      const { user, products } = await buyerWithTea();
      const order = anOrder(user, products);
      await placed(order);
      const page = { limit: 5, after: undefined, status: undefined };
      expect(await read(({ orders }) => orders.listByUser(user.id, page, aPrincipal(user.id)))).toEqual([
        {
          id: order.id,
          total: order.total,
          status: 'placed',
          placedAt: order.placedAt,
          user: { id: user.id, name: user.name },
        },
      ]);
      expect(await read(({ orders }) => orders.listByUser(user.id, page, aPrincipal(newId())))).toEqual([]);
    });

    it('refuses an order of an unknown user or product, by constraint', async () => {
      const { user, products } = await buyerWithTea();
      await expect(placed(anOrder(aUser(), products))).rejects.toMatchObject({
        sqlState: '23503',
        constraint: 'fk_orders_user_id',
      });
      await expect(placed(anOrder(user, [aProduct()]))).rejects.toMatchObject({
        sqlState: '23503',
        constraint: 'fk_order_items_product_id',
      });
    });
  });

  describe(`${name}: idempotency`, () => {
    const now = new Date('2027-01-01T00:00:00.000Z');
    const record = (overrides: Partial<IdempotencyRecord> = {}): IdempotencyRecord => ({
      identity: { principal: newId(), route: 'POST /v1/orders', key: `it's "?" \\ ${newId()}` },
      requestHash: 'a'.repeat(64),
      answer: { status: 201, headers: { location: '/x' }, body: '{"ü": "\\u2028", "b":  1}' },
      expiresAt: new Date(now.getTime() + 1),
      ...overrides,
    });

    it('finds the answer byte for byte until it expires, and then replaces it', async () => {
      const first = record();
      const { identity } = first;
      await write(async ({ idempotency }) => idempotency.put(first));
      expect(await write(({ idempotency }) => idempotency.find([identity], now))).toEqual([first]);
      expect(await write(({ idempotency }) => idempotency.find([identity], first.expiresAt))).toEqual([]);

      const second = record({
        identity,
        requestHash: 'b'.repeat(64),
        expiresAt: new Date(now.getTime() + 9),
      });
      await write(async ({ idempotency }) => {
        await idempotency.find([identity], first.expiresAt);
        idempotency.put(second);
      });
      expect(await write(({ idempotency }) => idempotency.find([identity], now))).toEqual([second]);
    });

    it('refuses a second answer for a key', async () => {
      const first = record();
      await write(async ({ idempotency }) => idempotency.put(first));
      await expect(write(async ({ idempotency }) => idempotency.put(first))).rejects.toMatchObject({
        sqlState: '23505',
        constraint: 'pk_idempotency_keys',
      });
    });

    it('gives a lock to one unit of work at a time, without waiting', async () => {
      const [mine, free] = [record().identity, record().identity];
      const got = await write(async ({ idempotency }) => {
        const first = await idempotency.tryLock([mine]);
        const other = await write((unit) => unit.idempotency.tryLock([free, mine]));
        return { first, again: await idempotency.tryLock([mine]), other };
      });
      expect(got).toEqual({ first: [true], again: [true], other: [true, false] });
      expect(await write(({ idempotency }) => idempotency.tryLock([mine]))).toEqual([true]);
    });
  });
}
