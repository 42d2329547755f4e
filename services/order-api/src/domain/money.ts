import { Decimal } from 'decimal.js';

/** Currencies that have two decimals and that Waybill sells in (ISO 4217). */
export const currencies = ['EUR', 'USD'] as const;
export type Currency = (typeof currencies)[number];

/** The greatest amount that numeric(12,2) holds. */
const GREATEST = '9999999999.99';

/** Wide enough that 100 lines of 1,000 times the greatest price are still summed exactly. */
const Exact = Decimal.clone({ precision: 40 });

/** An amount in one currency, exact to the cent. */
export interface Money {
  readonly amount: Decimal;
  readonly currency: Currency;
}

export function isCurrency(code: string): code is Currency {
  return currencies.some((currency) => currency === code);
}

/**
 * @param amount a decimal string with at most two decimals, as in JSON and in `numeric`
 * @throws RangeError when it is not one, or negative, or greater than numeric(12,2) holds
 */
export function money(amount: string, currency: Currency): Money {
  if (!/^\d+(\.\d{1,2})?$/.test(amount)) throw new RangeError(`"${amount}" is not an amount of money`);
  const value = { amount: new Exact(amount), currency };
  if (exceedsNumeric(value)) throw new RangeError(`${amount} is more than ${GREATEST}`);
  return value;
}

/** @returns whether the amount would overflow numeric(12,2) */
export function exceedsNumeric(value: Money): boolean {
  return value.amount.greaterThan(GREATEST);
}

/** The amount as a decimal string with exactly two decimals. */
export function amountOf(value: Money): string {
  return value.amount.toFixed(2);
}

/**
 * The sum of price times quantity. It may exceed what the database holds: ask {@link exceedsNumeric}.
 *
 * @param lines all in `currency`
 */
export function totalOf(
  lines: readonly { readonly unitPrice: Money; readonly quantity: number }[],
  currency: Currency,
): Money {
  const amount = lines.reduce(
    (sum, line) => sum.plus(line.unitPrice.amount.times(line.quantity)),
    new Exact(0),
  );
  return { amount, currency };
}
