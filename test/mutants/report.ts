import { relative } from 'node:path';
import type { RunReport, TestResult } from './verdict.ts';

/**
 * Reads what vitest's JSON reporter wrote (the format of Jest).
 *
 * @param folder the run's root, against which files are named
 * @throws Error when the text is not such a report
 */
export function readReport(text: string, folder: string): RunReport {
  const files = listOf(field(JSON.parse(text), 'testResults'));
  const results = files.map((file) => ({
    name: relative(folder, textOf(field(file, 'name'))),
    status: textOf(field(file, 'status')),
    tests: listOf(field(file, 'assertionResults')),
  }));
  return {
    tests: results.flatMap(({ name, tests }) => tests.flatMap((test) => readTest(name, test))),
    unloaded: results
      .filter(({ status, tests }) => status === 'failed' && tests.length === 0)
      .map(({ name }) => name),
  };
}

function readTest(file: string, test: unknown): TestResult[] {
  const status = textOf(field(test, 'status'));
  // Skipped by a name filter: it did not run, so it does not count.
  if (status !== 'passed' && status !== 'failed') return [];
  const failures = status === 'failed' ? listOf(field(test, 'failureMessages')).map(textOf) : [];
  return [{ file, name: textOf(field(test, 'fullName')).trim(), passed: status === 'passed', failures }];
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error('not a report of vitest: a list is missing');
  return value;
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Error('not a report of vitest: a text is missing');
  return value;
}
