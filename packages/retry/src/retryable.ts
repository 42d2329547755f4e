import { type BackoffPolicy, backoffDelay } from './backoff.ts';
import { wait } from './wait.ts';

export interface RetryPolicy extends BackoffPolicy {
  /** Calls in all, the first included. */
  readonly attempts: number;
  /** Whether repeating is safe and may help after this error. */
  readonly isRetryable: (error: unknown) => boolean;
  readonly random: () => number;
  readonly onRetry?: (error: unknown, attempt: number) => void;
}

/**
 * Runs `work` until it succeeds, fails with an error that is not retryable, or the attempts are spent.
 * Only for work that is safe to repeat: a whole transaction, never a part of one.
 *
 * @throws the last error of `work`; the signal's reason when aborted between attempts
 */
export async function retryable<T>(
  work: () => Promise<T>,
  policy: RetryPolicy,
  signal: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= policy.attempts || !policy.isRetryable(error)) throw error;
      policy.onRetry?.(error, attempt);
      await wait(backoffDelay(policy, attempt - 1, policy.random), signal);
      signal.throwIfAborted();
    }
  }
}
