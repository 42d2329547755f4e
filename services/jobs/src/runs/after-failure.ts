import { type BackoffPolicy, backoffDelay } from '@waybill/retry';

export interface AttemptPolicy extends BackoffPolicy {
  /** Runs in all that may fail before the run counts as failed. */
  readonly attempts: number;
}

export type Verdict = { readonly kind: 'again'; readonly inMs: number } | { readonly kind: 'failed' };

/**
 * @param attempts how often the run was tried by now, this failure included
 * @param random uniform in [0, 1)
 */
export function afterFailure(policy: AttemptPolicy, attempts: number, random: () => number): Verdict {
  if (attempts >= policy.attempts) return { kind: 'failed' };
  return { kind: 'again', inMs: Math.round(backoffDelay(policy, attempts - 1, random)) };
}

/** A code and a sentence for the operator. PostgreSQL's `detail`, which may quote a row, stays out of it. */
export function describeError(error: unknown): { readonly code: string; readonly sentence: string } {
  if (!(error instanceof Error)) return { code: 'unknown', sentence: String(error) };
  const code: unknown = Reflect.get(error, 'code');
  return { code: typeof code === 'string' ? code : error.name, sentence: error.message.slice(0, 500) };
}
