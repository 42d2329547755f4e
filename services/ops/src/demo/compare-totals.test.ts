import { describe, expect, test } from 'vitest';
import { type BuyerTotal, differencesAmong, sumsPerCurrency, totalsOf } from './compare-totals.ts';

const ada: BuyerTotal = { userId: 'ada', currency: 'EUR', orders: 2, spent: '0.30' };
const adaInDollars: BuyerTotal = { userId: 'ada', currency: 'USD', orders: 1, spent: '5.00' };
const bob: BuyerTotal = { userId: 'bob', currency: 'EUR', orders: 1, spent: '99999999999999.99' };

describe('totals of buyers', () => {
  test('are equal in any order and spelling of the same amount', () => {
    expect(
      differencesAmong([
        [ada, bob],
        [bob, { ...ada, spent: '0.3' }],
        [ada, bob],
      ]),
    ).toEqual([]);
  });

  test('differ by a cent, also beyond what a float can tell apart', () => {
    const cent = { ...bob, spent: '99999999999999.98' };

    expect(
      differencesAmong([
        [ada, bob],
        [ada, bob],
        [ada, cent],
      ]),
    ).toEqual([{ userId: 'bob', currency: 'EUR', totals: [bob, bob, cent] }]);
  });

  test('differ in the number of orders, and when one source has a buyer or currency that another lacks', () => {
    expect(differencesAmong([[ada], [{ ...ada, orders: 3 }]])).toHaveLength(1);
    expect(differencesAmong([[ada], [ada, adaInDollars]])).toEqual([
      { userId: 'ada', currency: 'USD', totals: [undefined, adaInDollars] },
    ]);
    expect(differencesAmong([[ada], []])).toHaveLength(1);
  });

  test('add up exactly per buyer and currency', () => {
    const order = (userId: string, currency: string, total: string) => ({ userId, currency, total });
    const orders = [order('ada', 'EUR', '0.10'), order('ada', 'EUR', '0.20'), order('ada', 'USD', '5.00')];

    expect(totalsOf(orders)).toEqual([ada, adaInDollars]);
  });

  test('add up exactly per currency', () => {
    expect(sumsPerCurrency([adaInDollars, ada, bob])).toEqual({ EUR: '100000000000000.29', USD: '5.00' });
  });
});
