import { describe, expect, test } from 'vitest';
import { limitsFrom } from './doctor-limits.ts';

const flags = { transaction: 1_000, waiting: 2_000 };

describe('how much of a disk must be free', () => {
  test('is so many bytes and so large a part of it, unless it is said', () => {
    expect(limitsFrom(flags)).toMatchObject({
      transactionMs: 1_000,
      pendingMs: 2_000,
      freeBytes: 1_073_741_824,
      freeShare: 0.05,
    });
  });

  test('is what is said, however large the disk', () => {
    expect(limitsFrom({ ...flags, freeMib: 100 })).toMatchObject({ freeBytes: 104_857_600, freeShare: 0 });
    expect(limitsFrom({ ...flags, freeMib: 0 })).toMatchObject({ freeBytes: 0, freeShare: 0 });
  });
});
