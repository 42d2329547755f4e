import { describe, expect, test } from 'vitest';
import { mutate, projectOf } from './mutant.ts';
import { mutants } from './mutants.ts';
import { readReport } from './report.ts';
import { baselineProblem, judgeMutant, type RunReport } from './verdict.ts';

const report = (...failures: readonly (readonly string[])[]): RunReport => ({
  tests: failures.map((messages, at) => ({
    file: 'a.test.ts',
    name: `test ${at}`,
    passed: messages.length === 0,
    failures: messages,
  })),
  unloaded: [],
});
const green = report([], []);

describe('a mutant', () => {
  test('is killed when a test fails by an assertion', () => {
    expect(judgeMutant(green, report([], ['AssertionError: expected 1 to be 2\n at x']))).toEqual({
      kind: 'killed',
      by: 'test 1',
    });
  });

  test('is killed when what should be refused is not', () => {
    const resolved = report([], ['Error: promise resolved "[]" instead of rejecting']);
    expect(judgeMutant(green, resolved)).toMatchObject({ kind: 'killed' });
  });

  test('survives when every test stays green', () => {
    expect(judgeMutant(green, green)).toEqual({ kind: 'survived' });
  });

  test.each([
    ['TypeError: x is not a function'],
    ['ReferenceError: y is not defined'],
    ['Error: Cannot find module'],
    ['error: permission denied for table outbox'],
  ])('is not killed by %s', (message) => {
    expect(judgeMutant(green, report([], [message]))).toMatchObject({ kind: 'broken' });
  });

  test('is killed by another error only when it names it', () => {
    const refused = report([], ['error: permission denied for table outbox']);
    expect(judgeMutant(green, refused, /permission denied/)).toMatchObject({ kind: 'killed' });
    expect(judgeMutant(green, refused, /deadlock/)).toMatchObject({ kind: 'broken' });
  });

  test.each([
    ['a file that does not load', { tests: [], unloaded: ['a.test.ts'] }],
    ['no test', report()],
    ['fewer tests than before', report(['AssertionError: x'])],
  ])('is not killed by %s', (_what, mutated) => {
    expect(judgeMutant(green, mutated)).toMatchObject({ kind: 'broken' });
  });
});

test('a baseline is green and not empty', () => {
  expect(baselineProblem(green)).toBeUndefined();
  expect(baselineProblem(report())).toMatch(/no test ran/);
  expect(baselineProblem(report([], ['AssertionError: x']))).toMatch(/test 1/);
  expect(baselineProblem({ tests: [], unloaded: ['a.test.ts'] })).toMatch(/a\.test\.ts/);
});

test('a report tells tests that ran from those that were filtered out and files that did not load', () => {
  const text = JSON.stringify({
    testResults: [
      {
        name: '/r/a.test.ts',
        status: 'failed',
        assertionResults: [
          { fullName: ' x y', status: 'failed', failureMessages: ['AssertionError: z'] },
          { fullName: 'w', status: 'passed', failureMessages: [] },
          { fullName: 'v', status: 'skipped', failureMessages: [] },
        ],
      },
      { name: '/r/b.test.ts', status: 'failed', message: 'SyntaxError', assertionResults: [] },
    ],
  });
  expect(readReport(text, '/r')).toEqual({
    tests: [
      { file: 'a.test.ts', name: 'x y', passed: false, failures: ['AssertionError: z'] },
      { file: 'a.test.ts', name: 'w', passed: true, failures: [] },
    ],
    unloaded: ['b.test.ts'],
  });
  expect(() => readReport('{}', '/r')).toThrow(/not a report/);
});

test('a mutation changes exactly one place', () => {
  const mutant = { name: 'm', file: 'f', find: 'a > b', replace: 'a >= b' };
  expect(mutate('if (a > b) x();', mutant)).toBe('if (a >= b) x();');
  expect(() => mutate('a > b; a > b;', mutant)).toThrow(/2 times/);
  expect(() => mutate('nothing', mutant)).toThrow(/0 times/);
});

describe('the list', () => {
  test('has a name of its own for each and one project', () => {
    const names = mutants.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(mutants.map(({ tests }) => projectOf(tests)))).toContain('unit');
    expect(() => projectOf(['a.test.ts', 'b.integration.test.ts'])).toThrow(/one project/);
  });
});
