import { describe, expect, it } from 'vitest';
import { type RunnerOutcome, verdict } from './verdict.ts';

const green: RunnerOutcome = { report: { passed: 3, failed: 0, skipped: [] }, exitCode: 0 };

describe('the last line of npm test', () => {
  it('gives the counts of all runners together', () => {
    const other = { report: { passed: 4, failed: 0, skipped: [] }, exitCode: 0 };
    expect(verdict({ runners: [green, other], failedChecks: 0 })).toEqual({
      line: '7 passed, 0 failed',
      exitCode: 0,
    });
  });

  it('names skipped tests only when there are any', () => {
    const skipping = { report: { passed: 1, failed: 0, skipped: ['a.test.ts > b'] }, exitCode: 0 };
    const line = '4 passed, 0 failed, 1 skipped';
    expect(verdict({ runners: [green, skipping], failedChecks: 0 })).toEqual({ line, exitCode: 0 });
  });

  it('is red when a check failed', () => {
    const line = '3 passed, 2 failed';
    expect(verdict({ runners: [green], failedChecks: 2 })).toEqual({ line, exitCode: 1 });
  });

  it('is red when no runner ran', () => {
    expect(verdict({ runners: [], failedChecks: 0 })).toEqual({ line: '0 passed, 1 failed', exitCode: 1 });
  });

  it.each<[string, RunnerOutcome, string]>([
    ['a test failed', { report: { passed: 2, failed: 1, skipped: [] }, exitCode: 1 }, '5 passed, 1 failed'],
    ['it crashed without a report', { report: undefined, exitCode: 1 }, '3 passed, 1 failed'],
    ['it ended well without a report', { report: undefined, exitCode: 0 }, '3 passed, 1 failed'],
    ['it ran no test', { report: { passed: 0, failed: 0, skipped: [] }, exitCode: 0 }, '3 passed, 1 failed'],
    [
      'all its tests were skipped',
      { report: { passed: 0, failed: 0, skipped: ['x'] }, exitCode: 0 },
      '3 passed, 1 failed, 1 skipped',
    ],
    ['it failed although no test did', { ...green, exitCode: 1 }, '6 passed, 1 failed'],
  ])('is red when one runner is green and of the other %s', (_reason, other, line) => {
    expect(verdict({ runners: [green, other], failedChecks: 0 })).toEqual({ line, exitCode: 1 });
  });
});
