import { describe, expect, it } from 'vitest';
import { money } from '../domain/money.ts';
import type { Product } from '../domain/product.ts';
import { aProduct, newId } from '../testing/examples.ts';
import { stillWaits } from '../testing/still-waits.ts';
import { GREATEST_STOCK } from '../domain/product.ts';
import type { Transactions } from '../use-cases/unit-of-work.ts';

/** What use cases rely on in products. */
export function describeProducts(name: string, transactions: () => Transactions): void {
  const write: Transactions['write'] = (work) => transactions().write(work);
  const read: Transactions['read'] = (work) => transactions().read(work);
  const stocked = async (...products: Product[]) =>
    write(async (unit) => products.forEach((product) => unit.products.add(product)));

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
      const waits = await stillWaits(second);
      letGo.resolve();
      await first;
      expect(waits).toBe(true);
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

    it('adjusts all that are asked for, and tells what they have now', async () => {
      const [tea, cup] = [aProduct({ stock: 3 }), aProduct({ stock: 0, version: 7 })];
      await stocked(tea, cup);
      const adjusted = await write(({ products }) =>
        products.adjust([
          { productId: cup.id, delta: 5 },
          { productId: tea.id, delta: -3 },
        ]),
      );
      const expected = [
        { kind: 'adjusted', productId: tea.id, stock: 0, version: 2 },
        { kind: 'adjusted', productId: cup.id, stock: 5, version: 8 },
      ];
      expect(adjusted).toEqual(expected);
    });

    it.each([
      ['one is unknown', newId(), 1],
      ['one would fall below zero', undefined, -4],
      ['one would be more than a column holds', undefined, GREATEST_STOCK],
    ])('adjusts none when %s', async (_, other, delta) => {
      const [tea, cup] = [aProduct({ stock: 3 }), aProduct({ stock: 3 })];
      await stocked(tea, cup);
      const verdicts = await write(({ products }) =>
        products.adjust([
          { productId: tea.id, delta: 1 },
          { productId: other ?? cup.id, delta },
        ]),
      );
      const left = [tea, ...(other === undefined ? [cup] : [])].map(({ id: productId }) => ({
        kind: 'left',
        productId,
        stock: 3,
        version: 1,
      }));
      expect(verdicts).toEqual(left);
      expect(await write((unit) => unit.products.lock([tea.id, cup.id]))).toEqual([tea, cup]);
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
}
