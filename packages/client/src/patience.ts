/** How often and how long a client tries. */
export interface Patience {
  /** Tries in all. */
  readonly attempts: number;
  /** Longest wait for one answer, in ms. */
  readonly answerWithinMs: number;
  /** The API's Retry-After is followed up to here, in ms. */
  readonly waitAtMostMs: number;
}

export const defaultPatience: Patience = { attempts: 5, answerWithinMs: 10_000, waitAtMostMs: 30_000 };

/** What came of one try: an answer, or nothing that could be read as one. */
export type Tried =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter: string | null }
  | { readonly kind: 'unanswered' };

/** Whether carrying the request out twice would do what carrying it out once does. */
export type Repeatable = 'repeatable' | 'once';

/**
 * How long to wait before the next try, or undefined when there should be none. 429 says that nothing was done; after
 * 409 with Retry-After, 503 and silence nobody knows, so only what can be repeated is.
 *
 * @param attempt 1 for the first
 * @param random uniform in [0, 1)
 * @returns ms
 */
export function waitBeforeNext(
  tried: Tried,
  request: Repeatable,
  attempt: number,
  { attempts, waitAtMostMs }: Patience,
  random: number,
): number | undefined {
  if (attempt >= attempts) return undefined;
  const backoffMs = Math.min(2_000, 100 * 2 ** attempt) * random;
  if (tried.kind === 'unanswered') return request === 'repeatable' ? backoffMs : undefined;
  const { status, retryAfter } = tried;
  const saysLater = status === 429 || status === 503 || (status === 409 && retryAfter !== null);
  if (!saysLater || (status !== 429 && request === 'once')) return undefined;
  const askedMs = retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : 0;
  return Math.min(askedMs, waitAtMostMs) + backoffMs;
}
