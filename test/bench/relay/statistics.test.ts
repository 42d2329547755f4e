import { describe, expect, it } from 'vitest';
import { median, percentile } from './statistics.ts';

describe('the statistics of the bench', () => {
  it('take the middle of an odd number of values and the mean of the middle two of an even one', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 2])).toBe(3.5);
    expect(() => median([])).toThrow(RangeError);
  });

  it('rank by the nearest value that was measured', () => {
    const values = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(percentile(values, 0.5)).toBe(100);
    expect(percentile(values, 0.99)).toBe(198);
    expect(percentile([7], 0.99)).toBe(7);
  });
});
