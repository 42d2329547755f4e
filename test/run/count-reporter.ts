import type { Reporter, SerializedError, TestModule, TestRunEndReason } from 'vitest/node';
import { reportFileVariable, writeReport } from './report.ts';

/** Writes the runner's own counts to the file that `npm test` names. */
export default class CountReporter implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    const file = process.env[reportFileVariable];
    if (file === undefined || reason === 'interrupted') return;
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string) => tests.filter((test) => test.result().state === state);
    writeReport(file, {
      passed: inState('passed').length,
      // A file or suite that broke outside its tests (an import, a hook) is a failure that no test shows.
      failed: inState('failed').length + brokenOutsideTests(modules) + unhandledErrors.length,
      skipped: inState('skipped').map((test) => `${test.module.relativeModuleId} > ${test.fullName}`),
    });
  }
}

function brokenOutsideTests(modules: readonly TestModule[]): number {
  return modules
    .flatMap((module) => [module, ...module.children.allSuites()])
    .filter((part) => part.errors().length > 0).length;
}
