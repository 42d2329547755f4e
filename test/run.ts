/**
 * `npm test`: type check, linter, formatter, then every unit and integration test. The last line of its output is
 * `N passed, N failed`, in the runner's own counts. It leaves no process and no folder behind.
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { type Command, endGroup, exitCodeOf, start } from './run/command.ts';
import { readReport, reportFileVariable, writeReport } from './run/report.ts';
import { mergedReport, type RunnerOutcome, type Verdict, verdict } from './run/verdict.ts';
import { makeRunFolder, removeRunFolder, runFolderVariable, sweepDeadRuns } from './servers/run-folder.ts';

const checks: readonly (Command & { readonly name: string })[] = [
  { name: 'type check', bin: 'tsc', args: ['--noEmit'] },
  { name: 'linter', bin: 'oxlint', args: ['--type-aware', '--deny-warnings', '--quiet'] },
  { name: 'formatter', bin: 'biome', args: ['format', '.'] },
];

/**
 * Unit tests use the cores. Tests on servers go one file after the other: they kill, freeze and time out on purpose,
 * and beside each other on two cores they would do it to one another.
 */
const suites: readonly { readonly project: string; readonly workers: number }[] = [
  { project: 'unit', workers: Math.min(4, availableParallelism()) },
  { project: 'integration', workers: 1 },
];

let running: ReturnType<typeof start> | undefined;
/** Ends the process; nothing more is started once it is there. */
let ending: Promise<void> | undefined;

async function run(command: Command): Promise<number> {
  await ending;
  running = start(command);
  return exitCodeOf(running);
}

async function runChecks(): Promise<number> {
  let failed = 0;
  for (const check of checks) {
    const started = performance.now();
    const code = await run(check);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${check.name}: ${code === 0 ? 'passed' : 'FAILED'} (${seconds} s)`);
    if (code !== 0) failed += 1;
  }
  return failed;
}

async function runSuite(
  folder: string,
  { project, workers }: (typeof suites)[number],
): Promise<RunnerOutcome> {
  const reportFile = path.join(folder, `${project}.json`);
  const reporters = [
    '--reporter=default',
    `--reporter=${path.join(import.meta.dirname, 'run/count-reporter.ts')}`,
  ];
  const exitCode = await run({
    bin: 'vitest',
    args: ['run', `--project=${project}`, '--allowOnly=false', `--maxWorkers=${workers}`, ...reporters],
    env: { [runFolderVariable]: folder, [reportFileVariable]: reportFile },
  });
  return { report: readReport(reportFile), exitCode };
}

async function main(): Promise<void> {
  await sweepDeadRuns();
  const folder = makeRunFolder();
  const interrupted = async (): Promise<void> => {
    if (running !== undefined) await endGroup(running, 5_000);
    await removeRunFolder(folder);
    console.error('interrupted');
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // npm passes the terminal's signal on, so it comes twice, and must not cut the cleaning up short.
    process.on(signal, () => {
      ending ??= interrupted();
    });
  }
  try {
    const { line, exitCode } = await everything(folder);
    await removeRunFolder(folder);
    console.log(line);
    process.exitCode = exitCode;
  } catch (error) {
    await removeRunFolder(folder);
    throw error;
  }
}

async function everything(folder: string): Promise<Verdict> {
  const failedChecks = await runChecks();
  const runners: RunnerOutcome[] = [];
  for (const suite of suites) runners.push(await runSuite(folder, suite));
  const report = mergedReport(runners);
  for (const name of report.skipped) console.log(`skipped: ${name}`);
  const copy = process.env[reportFileVariable];
  if (copy !== undefined) writeReport(copy, report);
  return verdict({ runners, failedChecks });
}

await main();
