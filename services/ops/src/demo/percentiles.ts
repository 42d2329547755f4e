export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/**
 * Nearest rank: the smallest value that at least that share of all values does not exceed, so always one that was
 * measured.
 *
 * @throws RangeError without values
 */
export function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
    if (value === undefined) throw new RangeError('There are no values to rank');
    return value;
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
