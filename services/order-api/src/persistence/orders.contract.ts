import { describe, expect, it } from 'vitest';
import { money } from '../domain/money.ts';
import type { Order } from '../domain/order.ts';
import type { Product } from '../domain/product.ts';
import type { User } from '../domain/user.ts';
import { anOrder, aPrincipal, aProduct, aUser, newId } from '../testing/examples.ts';
import { stillWaits } from '../testing/still-waits.ts';
import type { Transactions } from '../use-cases/unit-of-work.ts';

/** What use cases rely on in orders. */
export function describeOrders(name: string, transactions: () => Transactions): void {
  const write: Transactions['write'] = (work) => transactions().write(work);
  const read: Transactions['read'] = (work) => transactions().read(work);
  const given = async (...users: User[]) =>
    write(async (unit) => users.forEach((user) => unit.users.add(user)));
  const stocked = async (...products: Product[]) =>
    write(async (unit) => products.forEach((product) => unit.products.add(product)));
  const placed = async (...orders: Order[]) =>
    write(async (unit) => orders.forEach((order) => unit.orders.add(order)));

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
      expect(await as([user.id, 'orders:read'])).toEqual(order);
      expect(await as(['operator', 'orders:read:any'])).toEqual(order);
      expect(await as([newId(), 'orders:read'])).toBeUndefined();
      expect(await as(['operator', 'orders:read'])).toBeUndefined();
      expect(await as([user.id, 'users:read', 'orders:write'])).toBeUndefined();
    });

    it('locks an order for its owner and for who may change any, and writes its status and version', async () => {
      const { user, products } = await buyerWithTea();
      const order = anOrder(user, products.toReversed());
      await placed(order);
      const lock = (...principal: Parameters<typeof aPrincipal>) =>
        write((unit) => unit.orders.lock(order.id, aPrincipal(...principal)));
      expect(await lock(user.id, 'orders:write')).toEqual(order);
      expect(await lock('operator', 'orders:write:any')).toEqual(order);
      expect([await lock(newId(), 'orders:write'), await lock('operator', 'orders:read:any')]).toEqual([
        undefined,
        undefined,
      ]);
      const changed: Order = { ...order, status: 'cancelled', version: 2 };
      await write(async (unit) => {
        await unit.orders.lock(order.id, aPrincipal(user.id));
        unit.orders.save(changed);
      });
      expect(await read((unit) => unit.orders.get(order.id, aPrincipal(user.id, 'orders:read')))).toEqual(
        changed,
      );
      await expect(write(async (unit) => unit.orders.save(order))).rejects.toThrow('locked');
    });

    it('lets the second who locks an order wait for the first', async () => {
      const { user, products } = await buyerWithTea();
      const order = anOrder(user, products);
      await placed(order);
      const owner = aPrincipal(user.id);
      const holding = Promise.withResolvers<void>();
      const letGo = Promise.withResolvers<void>();
      const first = write(async (unit) => {
        await unit.orders.lock(order.id, owner);
        holding.resolve();
        await letGo.promise;
        unit.orders.save({ ...order, version: 2 });
      });
      await holding.promise;
      const second = write((unit) => unit.orders.lock(order.id, owner));
      const waits = await stillWaits(second);
      letGo.resolve();
      await first;
      expect(waits).toBe(true);
      expect(await second).toEqual({ ...order, version: 2 });
    });

    it('lists newest first, equal times by id, from behind a position, by status', async () => {
      const { user, products } = await buyerWithTea();
      const at = (ms: number, status: Order['status'] = 'placed') =>
        anOrder(user, products, { placedAt: new Date(1_800_000_000_000 + ms), status });
      // Ids rise against the time, so that an order by either alone is another one.
      const [newest, low, high, oldest] = [at(3), at(2), at(2, 'cancelled'), at(1)];
      await placed(low, newest, oldest, high);
      const list = async (limit: number, after?: Order, status?: Order['status']) => {
        const found = await read(({ orders }) =>
          orders.listByUser(user.id, { limit, after, status }, aPrincipal(user.id, 'orders:read')),
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
      expect(
        await read(({ orders }) => orders.listByUser(user.id, page, aPrincipal(user.id, 'orders:read'))),
      ).toEqual([
        {
          id: order.id,
          total: order.total,
          status: 'placed',
          placedAt: order.placedAt,
          user: { id: user.id, name: user.name },
        },
      ]);
      expect(
        await read(({ orders }) => orders.listByUser(user.id, page, aPrincipal(newId(), 'orders:read'))),
      ).toEqual([]);
    });

    it('gives the newest of each user, newest first, and of none that must not be seen', async () => {
      const { user, products } = await buyerWithTea();
      const other = await buyerWithTea();
      const at = (owner: User, ms: number) =>
        anOrder(owner, products, { placedAt: new Date(1_800_000_000_000 + ms) });
      const [oldest, middle, newest] = [at(user, 1), at(user, 2), at(user, 3)];
      const foreign = at(other.user, 9);
      await placed(middle, newest, oldest, foreign);
      const newestAs = async (...principal: Parameters<typeof aPrincipal>) => {
        const ids = [user.id, other.user.id, newId()];
        const found = await read(({ orders }) => orders.newestOf(ids, 2, aPrincipal(...principal)));
        return Map.groupBy(found, ({ userId }) => userId);
      };
      const all = await newestAs('operator', 'orders:read:any');
      expect(all.get(user.id)?.map(({ id }) => id)).toEqual([newest.id, middle.id]);
      const { id, total, status, placedAt } = foreign;
      expect(all.get(other.user.id)).toEqual([{ id, userId: other.user.id, total, status, placedAt }]);
      expect([...(await newestAs(user.id, 'orders:read')).keys()]).toEqual([user.id]);
      expect((await newestAs('operator', 'orders:read')).size).toBe(0);
      expect((await newestAs(user.id, 'users:read')).size).toBe(0);
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
}
