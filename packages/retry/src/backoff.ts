/** Durations in ms. */
export interface BackoffPolicy {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * Exponential backoff with full jitter: uniform in [0, min(cap, base · 2^attempt)). Full jitter spreads callers
 * that failed together over the whole interval.
 *
 * @param attempt failures so far minus one: 0 after the first
 * @param random uniform in [0, 1)
 * @returns ms to wait
 */
export function backoffDelay(policy: BackoffPolicy, attempt: number, random: () => number): number {
  const ceiling = Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(attempt, 52));
  return random() * ceiling;
}
