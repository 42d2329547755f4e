import { expect, it } from 'vitest';
import { Lease } from './lease.ts';

it('counts from before the renewal was asked for, less the margin, and lets nothing begin that may outlast it', () => {
  let now = 1_000;
  const lease = new Lease(10_000, 500, () => now);
  expect(lease.isGoodFor(0)).toBe(false);
  lease.renewed(1_000);
  now = 1_800;
  expect(lease.isGoodFor(5_000)).toBe(true);
  now = 5_499;
  expect(lease.isGoodFor(5_000)).toBe(true);
  now = 5_500;
  expect(lease.isGoodFor(5_000)).toBe(false);
  now = 60_000;
  expect(lease.isGoodFor(0)).toBe(false);
});
