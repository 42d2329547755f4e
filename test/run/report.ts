import { readFileSync, writeFileSync } from 'node:fs';

/** What one run of the tests came to, in the runner's own counts. */
export interface TestReport {
  readonly passed: number;
  readonly failed: number;
  /** Full names: `<file> > <suite> > … > <test>`. */
  readonly skipped: readonly string[];
}

/** `npm test` hands this file's path to the reporter, and `.ci/run` to `npm test`. */
export const reportFileVariable = 'WAYBILL_TEST_REPORT';

export function writeReport(file: string, report: TestReport): void {
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}

/** The report in `file`; undefined when the runner never came to write one, or not to its end. */
export function readReport(file: string): TestReport | undefined {
  try {
    const report: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isReport(report) ? report : undefined;
  } catch {
    return undefined; // no file, or half of one: the runner crashed
  }
}

function isReport(value: unknown): value is TestReport {
  return (
    typeof value === 'object' &&
    value !== null &&
    'passed' in value &&
    Number.isSafeInteger(value.passed) &&
    'failed' in value &&
    Number.isSafeInteger(value.failed) &&
    'skipped' in value &&
    Array.isArray(value.skipped)
  );
}
