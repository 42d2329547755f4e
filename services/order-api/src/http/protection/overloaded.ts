import { ProblemError } from '../problems.ts';

/** Turned away before any work. */
export function overloaded(detail: string): ProblemError {
  return new ProblemError({ name: 'service-unavailable', detail, headers: { 'retry-after': '1' } });
}
