import { done, type Outcome, rejected } from './rejection.ts';

/** Goods that came in (positive) or went out by another way than an order (negative). */
export interface StockAdjustment {
  readonly productId: string;
  readonly delta: number;
}

/** A product that exists, after adjustments that were carried out all or not at all. */
export interface StockVerdict {
  readonly kind: 'adjusted' | 'left';
  readonly productId: string;
  readonly stock: number;
  readonly version: number;
}

export interface StockLevel {
  readonly productId: string;
  readonly stock: number;
  readonly version: number;
}

/**
 * What came of the adjustments, or why nothing was adjusted: an unknown product first, then those that do not fit.
 *
 * @param greatest stock that a product can have
 */
export function judgeAdjustments(
  adjustments: readonly StockAdjustment[],
  verdicts: readonly StockVerdict[],
  greatest: number,
): Outcome<readonly StockLevel[]> {
  const byProduct = new Map(verdicts.map((verdict) => [verdict.productId, verdict]));
  const found = adjustments.map((one, index) => ({
    ...one,
    place: index + 1,
    verdict: byProduct.get(one.productId),
  }));
  const unknown = found.filter(({ verdict }) => !verdict).map(({ place }) => place);
  if (unknown.length > 0) return rejected({ kind: 'unknown-adjusted-product', lineNumbers: unknown });

  const known = found.flatMap(({ verdict, ...one }) => (verdict ? [{ ...one, verdict }] : []));
  if (known.every(({ verdict }) => verdict.kind === 'adjusted')) {
    return done(known.map(({ productId, verdict: { stock, version } }) => ({ productId, stock, version })));
  }
  const short = known.filter(({ delta, verdict }) => verdict.stock + delta < 0);
  if (short.length > 0) {
    const shortages = short.map(({ productId, delta, verdict }) => ({
      productId,
      requested: -delta,
      available: verdict.stock,
    }));
    return rejected({ kind: 'insufficient-stock', shortages });
  }
  const places = known
    .filter(({ delta, verdict }) => verdict.stock + delta > greatest)
    .map(({ place }) => place);
  return rejected({ kind: 'stock-too-large', lineNumbers: places });
}

/** Places, from 1, of adjustments whose product an earlier one has named. */
export function repeatedAdjustments(adjustments: readonly StockAdjustment[]): readonly number[] {
  const seen = new Set<string>();
  return adjustments.flatMap(({ productId }, index) => {
    if (seen.has(productId)) return [index + 1];
    seen.add(productId);
    return [];
  });
}
