import type { TestReport } from './report.ts';

/** What one run of the test runner left. */
export interface RunnerOutcome {
  /** Undefined: it ended without a report. */
  readonly report: TestReport | undefined;
  readonly exitCode: number;
}

/** What is known when everything has run. */
export interface Outcome {
  readonly runners: readonly RunnerOutcome[];
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
export function verdict({ runners, failedChecks }: Outcome): Verdict {
  const report = mergedReport(runners);
  const failed =
    report.failed + failedChecks + runners.filter(failedUncounted).length + (runners.length === 0 ? 1 : 0);
  const skipped = report.skipped.length;
  const line = `${report.passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return { line, exitCode: failed === 0 ? 0 : 1 };
}

function failedUncounted({ report, exitCode }: RunnerOutcome): boolean {
  const { passed, failed } = report ?? nothing;
  return passed + failed === 0 || (exitCode !== 0 && failed === 0);
}

const nothing: TestReport = { passed: 0, failed: 0, skipped: [] };

/** The counts of all runners together. */
export function mergedReport(runners: readonly RunnerOutcome[]): TestReport {
  return runners.reduce((sum, { report = nothing }) => {
    return {
      passed: sum.passed + report.passed,
      failed: sum.failed + report.failed,
      skipped: [...sum.skipped, ...report.skipped],
    };
  }, nothing);
}
