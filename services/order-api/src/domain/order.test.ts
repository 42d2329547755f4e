import { describe, expect, it } from 'vitest';
import { aProduct, newId } from '../testing/examples.ts';
import { amountOf, money } from './money.ts';
import { type OrderRequest, placeOrder, type RequestedLine } from './order.ts';
import type { Product } from './product.ts';

function request(...lines: readonly RequestedLine[]): OrderRequest {
  return { orderId: newId(), userId: newId(), placedAt: new Date(), lines };
}

function catalogue(...products: readonly Product[]): ReadonlyMap<string, Product> {
  return new Map(products.map((product) => [product.id, product]));
}

describe('placing an order', () => {
  it('takes prices from the catalogue, numbers the lines and begins with version 1', () => {
    const [tea, cup] = [
      aProduct({ price: money('12.50', 'EUR') }),
      aProduct({ price: money('0.99', 'EUR') }),
    ];
    const wanted = request({ productId: cup.id, quantity: 2 }, { productId: tea.id, quantity: 1 });
    const outcome = placeOrder(wanted, catalogue(tea, cup));
    expect(outcome).toMatchObject({
      kind: 'done',
      value: {
        order: {
          id: wanted.orderId,
          status: 'placed',
          version: 1,
          lines: [
            { lineNo: 1, productId: cup.id, quantity: 2, unitPrice: cup.price },
            { lineNo: 2, productId: tea.id, quantity: 1, unitPrice: tea.price },
          ],
        },
        products: [
          { id: cup.id, stock: 8, version: 2 },
          { id: tea.id, stock: 9, version: 2 },
        ],
      },
    });
    expect(outcome.kind === 'done' && amountOf(outcome.value.order.total)).toBe('14.48');
  });

  it('takes the last piece and refuses one more, naming what is short', () => {
    const [last, plenty] = [aProduct({ stock: 1 }), aProduct()];
    const all = catalogue(last, plenty);
    expect(placeOrder(request({ productId: last.id, quantity: 1 }), all).kind).toBe('done');
    expect(
      placeOrder(request({ productId: plenty.id, quantity: 1 }, { productId: last.id, quantity: 2 }), all),
    ).toEqual({
      kind: 'rejected',
      rejection: {
        kind: 'insufficient-stock',
        shortages: [{ productId: last.id, requested: 2, available: 1 }],
      },
    });
  });

  it('names the lines of unknown and of repeated products', () => {
    const tea = aProduct();
    const one = (productId: string) => ({ productId, quantity: 1 });
    expect(placeOrder(request(one(tea.id), one(newId())), catalogue(tea))).toMatchObject({
      rejection: { kind: 'unknown-product', lineNumbers: [2] },
    });
    expect(placeOrder(request(one(tea.id), one(tea.id), one(tea.id)), catalogue(tea))).toMatchObject({
      rejection: { kind: 'repeated-product', lineNumbers: [2, 3] },
    });
  });

  it('is in one currency', () => {
    const [euro, dollar] = [aProduct(), aProduct({ price: money('1', 'USD') })];
    const both = request({ productId: dollar.id, quantity: 1 }, { productId: euro.id, quantity: 1 });
    expect(placeOrder(both, catalogue(euro, dollar))).toMatchObject({
      rejection: { kind: 'mixed-currencies', currencies: ['EUR', 'USD'] },
    });
  });

  it('refuses a total that numeric(12,2) does not hold', () => {
    const yacht = aProduct({ price: money('9999999999.99', 'EUR') });
    expect(placeOrder(request({ productId: yacht.id, quantity: 2 }), catalogue(yacht))).toEqual({
      kind: 'rejected',
      rejection: { kind: 'total-too-large' },
    });
  });
});
