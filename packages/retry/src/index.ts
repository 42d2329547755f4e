export { aborted } from './aborted.ts';
export { type BackoffPolicy, backoffDelay } from './backoff.ts';
export { orAbort } from './or-abort.ts';
export { type RetryPolicy, retryable } from './retryable.ts';
export { wait } from './wait.ts';
