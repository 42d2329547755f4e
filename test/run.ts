/**
 * `npm test`: type check, linter, formatter, then every unit and integration test. The last line of its output is
 * `N passed, N failed`, in the runner's own counts. It leaves no process and no folder behind.
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { type Command, endGroup, exitCodeOf, start } from './run/command.ts';
import { readReport, reportFileVariable, writeReport } from './run/report.ts';
import { type Verdict, verdict } from './run/verdict.ts';
import { makeRunFolder, removeRunFolder, runFolderVariable, sweepDeadRuns } from './servers/run-folder.ts';

const checks: readonly (Command & { readonly name: string })[] = [
  { name: 'type check', bin: 'tsc', args: ['--noEmit'] },
  { name: 'linter', bin: 'oxlint', args: ['--type-aware', '--deny-warnings', '--quiet'] },
  { name: 'formatter', bin: 'biome', args: ['format', '.'] },
];

/** Servers want the cores too, and every worker holds connections: four are enough on any machine. */
const workers = Math.min(4, availableParallelism());

let running: ReturnType<typeof start> | undefined;

async function run(command: Command): Promise<number> {
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

async function runTests(folder: string, reportFile: string): Promise<number> {
  const reporters = [
    '--reporter=default',
    `--reporter=${path.join(import.meta.dirname, 'run/count-reporter.ts')}`,
  ];
  return run({
    bin: 'vitest',
    args: [
      'run',
      '--project=unit',
      '--project=integration',
      '--allowOnly=false',
      `--maxWorkers=${workers}`,
      ...reporters,
    ],
    env: { [runFolderVariable]: folder, [reportFileVariable]: reportFile },
  });
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
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => void interrupted());
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
  const reportFile = path.join(folder, 'report.json');
  const runnerExitCode = await runTests(folder, reportFile);
  const report = readReport(reportFile);
  for (const name of report?.skipped ?? []) console.log(`skipped: ${name}`);
  const copy = process.env[reportFileVariable];
  if (copy !== undefined && report !== undefined) writeReport(copy, report);
  return verdict({ report, runnerExitCode, failedChecks });
}

await main();
