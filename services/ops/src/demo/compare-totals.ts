import { Decimal } from 'decimal.js';

/** What one buyer ordered in one currency. */
export interface BuyerTotal {
  readonly userId: string;
  readonly currency: string;
  readonly orders: number;
  /** An exact decimal. */
  readonly spent: string;
}

export interface Difference {
  readonly userId: string;
  readonly currency: string;
  /** As many as there are sources, `undefined` where a source has nothing. */
  readonly totals: readonly (BuyerTotal | undefined)[];
}

const keyOf = ({ userId, currency }: BuyerTotal): string => `${userId} ${currency}`;

/** Compares sources that should hold the same totals, exactly, and names every buyer for whom they do not. */
export function differencesAmong(sources: readonly (readonly BuyerTotal[])[]): Difference[] {
  const byKey = sources.map((totals) => new Map(totals.map((total) => [keyOf(total), total])));
  const keys = new Map(sources.flat().map((total) => [keyOf(total), total]));
  return [...keys].flatMap(([key, { userId, currency }]) => {
    const totals = byKey.map((source) => source.get(key));
    const [first, ...others] = totals;
    return others.every((other) => isSame(first, other)) ? [] : [{ userId, currency, totals }];
  });
}

function isSame(a: BuyerTotal | undefined, b: BuyerTotal | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.orders === b.orders && new Decimal(a.spent).equals(b.spent);
}

/** Exact sums per currency, with two decimals, in the currencies' alphabetical order. */
export function sumsPerCurrency(totals: readonly BuyerTotal[]): Record<string, string> {
  const sums = new Map<string, Decimal>();
  for (const { currency, spent } of totals) {
    sums.set(currency, (sums.get(currency) ?? new Decimal(0)).plus(spent));
  }
  return Object.fromEntries(
    [...sums].toSorted(([a], [b]) => a.localeCompare(b)).map(([currency, sum]) => [currency, sum.toFixed(2)]),
  );
}

/** Adds single orders up per buyer and currency. */
export function totalsOf(
  orders: readonly { readonly userId: string; readonly currency: string; readonly total: string }[],
): BuyerTotal[] {
  const groups = Map.groupBy(orders, ({ userId, currency }) => `${userId} ${currency}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const spent = group.reduce((sum, { total }) => sum.plus(total), new Decimal(0));
    return [
      { userId: first.userId, currency: first.currency, orders: group.length, spent: spent.toFixed(2) },
    ];
  });
}
