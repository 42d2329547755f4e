/** `node test/run/check-skips.ts <report>`: for `.ci/run`. Exits 1 when a test was skipped without a listed reason. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readReport } from './report.ts';
import { parseAllowedSkips, skipProblems } from './skips.ts';

const report = readReport(process.argv[2] ?? '');
const list = readFileSync(path.join(import.meta.dirname, '..', 'allowed-skips.txt'), 'utf8');
const problems =
  report === undefined
    ? ['npm test left no report of its counts']
    : skipProblems(report.skipped, parseAllowedSkips(list));
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
