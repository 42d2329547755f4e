import { describe, expect, it } from 'vitest';
import { verdict } from './verdict.ts';

describe('the last line of npm test', () => {
  const green = { report: { passed: 3, failed: 0, skipped: [] }, runnerExitCode: 0, failedChecks: 0 };

  it('gives the runner’s counts', () => {
    expect(verdict(green)).toEqual({ line: '3 passed, 0 failed', exitCode: 0 });
  });

  it('names skipped tests only when there are any', () => {
    const report = { passed: 3, failed: 0, skipped: ['a.test.ts > b'] };
    expect(verdict({ ...green, report })).toEqual({ line: '3 passed, 0 failed, 1 skipped', exitCode: 0 });
  });

  it.each([
    [
      'a test failed',
      { report: { passed: 2, failed: 1, skipped: [] }, runnerExitCode: 1 },
      '2 passed, 1 failed',
    ],
    ['the type check failed', { failedChecks: 1 }, '3 passed, 1 failed'],
    ['the runner crashed without a report', { report: undefined, runnerExitCode: 1 }, '0 passed, 1 failed'],
    ['the runner ran no test', { report: { passed: 0, failed: 0, skipped: [] } }, '0 passed, 1 failed'],
    [
      'all tests were skipped',
      { report: { passed: 0, failed: 0, skipped: ['x'] } },
      '0 passed, 1 failed, 1 skipped',
    ],
    ['the runner failed although no test did', { runnerExitCode: 1 }, '3 passed, 1 failed'],
  ])('is red when %s', (_reason, change, line) => {
    expect(verdict({ ...green, ...change })).toEqual({ line, exitCode: 1 });
  });
});
