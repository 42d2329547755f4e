/** What one buyer spent in one currency. */
export interface BuyerTotal {
  readonly buyer: string;
  readonly currency: string;
  /** Decimal with at most two digits behind the point, as PostgreSQL's numeric prints it. */
  readonly total: string;
  readonly orders: number;
}

/** Whole cents. @throws Error when the text is not a decimal number of at most two digits behind the point. */
export function centsOf(amount: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(amount);
  if (!match) throw new Error(`"${amount}" is not an amount of money`);
  const [, sign, whole = '', fraction = ''] = match;
  const cents = BigInt(whole + fraction.padEnd(2, '0'));
  return sign ? -cents : cents;
}

/**
 * Every buyer and currency of which the two sides differ, be it by a cent, an order or a missing row. A row of no order
 * and no cent is as good as none: cancelling a buyer's only order may leave one.
 */
export function salesDifferences(orders: readonly BuyerTotal[], projection: readonly BuyerTotal[]): string[] {
  const expected = byBuyer(orders);
  const found = byBuyer(projection);
  return [...new Set([...expected.keys(), ...found.keys()])].flatMap((who) => {
    const [left, right] = [describe(expected.get(who)), describe(found.get(who))];
    return left === right ? [] : [`${who}: orders say ${left}, the projection says ${right}`];
  });
}

function byBuyer(totals: readonly BuyerTotal[]): Map<string, BuyerTotal> {
  const map = new Map(totals.map((total) => [`${total.buyer} ${total.currency}`, total]));
  if (map.size !== totals.length) throw new Error('a buyer has two rows of one currency');
  return map;
}

function describe(total: BuyerTotal | undefined): string {
  const cents = centsOf(total?.total ?? '0');
  const orders = total?.orders ?? 0;
  return cents === 0n && orders === 0 ? 'nothing' : `${cents} cents in ${orders} orders`;
}
