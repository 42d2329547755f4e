export { type BackoffPolicy, backoffDelay } from './backoff.ts';
export { type RetryPolicy, retryable } from './retryable.ts';
export { wait } from './wait.ts';
