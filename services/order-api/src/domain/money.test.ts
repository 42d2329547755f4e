import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amountOf, exceedsNumeric, isCurrency, money, totalOf } from './money.ts';

describe('money', () => {
  it.each(['-1', '1.234', '1e3', '', '1.', '.5', 'NaN', '10000000000.00'])('is not %j', (text) => {
    expect(() => money(text, 'EUR')).toThrow(RangeError);
  });

  it('is written with two decimals', () => {
    expect(amountOf(money('7', 'EUR'))).toBe('7.00');
    expect(amountOf(money('9999999999.99', 'EUR'))).toBe('9999999999.99');
  });

  it('sums exactly, to the cent, what floats would not', () => {
    expect(amountOf(totalOf([{ unitPrice: money('0.10', 'EUR'), quantity: 3 }], 'EUR'))).toBe('0.30');
    const cents = fc.bigInt({ min: 0n, max: 999_999_999_999n });
    const line = fc.tuple(cents, fc.integer({ min: 1, max: 1_000 }));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 100 }), (lines) => {
        const total = totalOf(
          lines.map(([price, quantity]) => ({ unitPrice: money(text(price), 'EUR'), quantity })),
          'EUR',
        );
        const expected = lines.reduce((sum, [price, quantity]) => sum + price * BigInt(quantity), 0n);
        expect(amountOf(total)).toBe(text(expected));
      }),
    );
  });

  it('knows the greatest amount that the database holds', () => {
    const greatest = { unitPrice: money('9999999999.99', 'EUR'), quantity: 1 };
    expect(exceedsNumeric(totalOf([greatest], 'EUR'))).toBe(false);
    expect(exceedsNumeric(totalOf([greatest, { unitPrice: money('0.01', 'EUR'), quantity: 1 }], 'EUR'))).toBe(
      true,
    );
  });

  it('comes in currencies with two decimals only', () => {
    expect(['EUR', 'USD', 'JPY', 'KWD', 'eur'].filter(isCurrency)).toEqual(['EUR', 'USD']);
  });
});

function text(cents: bigint): string {
  return `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
}
