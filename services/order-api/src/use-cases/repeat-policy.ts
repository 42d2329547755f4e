import type { RetryPolicy } from '@waybill/retry';
import { isPassing } from './storage-error.ts';

/** Deadlocks and failovers pass quickly; a client waits a second at most for a database that is away. */
const PATIENCE = { attempts: 5, baseMs: 20, capMs: 400 } as const;

/** Told of each repetition: its SQLSTATE says why. Must neither throw nor wait. */
export type OnRepeat = (error: unknown) => void;

/**
 * For units of work under an idempotency key, and for no others: a repetition looks the key up first, so one whose
 * commit was not heard of is found and not made twice.
 *
 * @param random uniform in [0, 1)
 */
export function repeatUnderKey(random: () => number, onRepeat: OnRepeat): RetryPolicy {
  return { ...PATIENCE, isRetryable: isPassing, random, onRetry: onRepeat };
}
