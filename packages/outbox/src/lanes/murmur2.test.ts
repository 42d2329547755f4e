import { describe, expect, it } from 'vitest';
import { murmur2, partitionOf } from './murmur2.ts';

describe("murmur2 agrees with Kafka's Java client", () => {
  // Vectors of org.apache.kafka.common.utils.UtilsTest#testMurmur2.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('%s → %d', (text, expected) => {
    expect(murmur2(new TextEncoder().encode(text))).toBe(expected);
  });

  it('hashes a view inside a larger buffer by its own bytes', () => {
    const outer = new TextEncoder().encode('xxfoobarxx');
    expect(murmur2(outer.subarray(2, 8))).toBe(-790332482);
  });

  it('drops the sign bit before taking the remainder', () => {
    expect(partitionOf('21', 8)).toBe((-973932308 & 0x7fffffff) % 8);
    expect(partitionOf('foobar', 1000)).toBe((-790332482 & 0x7fffffff) % 1000);
  });
});
