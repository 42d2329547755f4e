import { expect, test } from 'vitest';
import { percentilesOf } from './percentiles.ts';

test('percentiles are values that were measured, by nearest rank', () => {
  const oneToHundred = Array.from({ length: 100 }, (_, i) => 100 - i);

  expect(percentilesOf(oneToHundred)).toEqual({ p50: 50, p95: 95, p99: 99 });
  expect(percentilesOf([7])).toEqual({ p50: 7, p95: 7, p99: 7 });
  expect(percentilesOf([1, 2, 3])).toEqual({ p50: 2, p95: 3, p99: 3 });
  expect(percentilesOf([10, 9])).toEqual({ p50: 9, p95: 10, p99: 10 });
});

test('there are none of nothing', () => {
  expect(() => percentilesOf([])).toThrow(RangeError);
});
