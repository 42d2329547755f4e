import type { TestReport } from './report.ts';

/** What is known when everything has run. */
export interface Outcome {
  /** Undefined: the runner ended without a report. */
  readonly report: TestReport | undefined;
  readonly runnerExitCode: number;
  /** Type check, linter and formatter that found something. */
  readonly failedChecks: number;
}

export interface Verdict {
  /** The last line of `npm test`. */
  readonly line: string;
  readonly exitCode: 0 | 1;
}

/**
 * The counts are the runner's. What it cannot count is added as failures: a failed check, a runner that crashed, that
 * ran nothing, or that says it failed although no test did.
 */
export function verdict({ report, runnerExitCode, failedChecks }: Outcome): Verdict {
  const passed = report?.passed ?? 0;
  const counted = report?.failed ?? 0;
  const ranNothing = passed + counted === 0;
  const failedUncounted = runnerExitCode !== 0 && counted === 0;
  const failed = counted + failedChecks + (ranNothing || failedUncounted ? 1 : 0);
  const skipped = report?.skipped.length ?? 0;
  const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return { line, exitCode: failed === 0 ? 0 : 1 };
}
