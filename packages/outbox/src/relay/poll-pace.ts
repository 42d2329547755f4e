/** What a cycle came upon: rows beyond its limits, some rows, or none. */
export type Found = 'full' | 'some' | 'none';

/**
 * A full read is followed at once, one that found something after `minMs`, and every empty one doubles the pause up
 * to `maxMs`.
 *
 * @param previousMs the pause before this read
 * @returns ms until the next read, unless the doorbell rings earlier
 */
export function nextPause(found: Found, previousMs: number, minMs: number, maxMs: number): number {
  switch (found) {
    case 'full':
      return 0;
    case 'some':
      return minMs;
    case 'none':
      return Math.min(maxMs, Math.max(minMs, previousMs * 2));
  }
}
