/**
 * `npm test`: type check, linter, formatter, then every unit and integration test. `npm run test:long`: the tests that
 * take minutes, and nothing else; `-- <text>` selects files. The last line of either's output is `N passed, N failed`,
 * in the runner's own counts. Neither leaves a process or a folder behind.
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

interface Suite {
  readonly project: string;
  readonly workers: number;
  /** Parts of file names; none: every file of the project. */
  readonly files: readonly string[];
}

/** What one run consists of. */
interface Plan {
  readonly checks: typeof checks;
  readonly suites: readonly Suite[];
}

/**
 * Tests on servers mostly wait, so two files at a time take 6 minutes where one took 12 (two cores). Each has databases,
 * topics and, where it stops or freezes a server, a server of its own. The long ones are storms and go one by one.
 */
function planOf([project, ...files]: readonly string[]): Plan {
  if (project === 'long') return { checks: [], suites: [{ project, workers: 1, files }] };
  return {
    checks,
    suites: [
      { project: 'unit', workers: Math.min(4, availableParallelism()), files: [] },
      { project: 'integration', workers: 2, files: [] },
    ],
  };
}

let running: ReturnType<typeof start> | undefined;
/** Ends the process; nothing more is started once it is there. */
let ending: Promise<void> | undefined;

async function run(command: Command): Promise<number> {
  await ending;
  running = start(command);
  return exitCodeOf(running);
}

async function runChecks(wanted: typeof checks): Promise<number> {
  let failed = 0;
  for (const check of wanted) {
    const started = performance.now();
    const code = await run(check);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${check.name}: ${code === 0 ? 'passed' : 'FAILED'} (${seconds} s)`);
    if (code !== 0) failed += 1;
  }
  return failed;
}

async function runSuite(folder: string, { project, workers, files }: Suite): Promise<RunnerOutcome> {
  const reportFile = path.join(folder, `${project}.json`);
  const reporters = [
    '--reporter=default',
    `--reporter=${path.join(import.meta.dirname, 'run/count-reporter.ts')}`,
  ];
  const exitCode = await run({
    bin: 'vitest',
    args: [
      'run',
      `--project=${project}`,
      '--allowOnly=false',
      `--maxWorkers=${workers}`,
      ...reporters,
      ...files,
    ],
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
  const { checks: wanted, suites } = planOf(process.argv.slice(2));
  const failedChecks = await runChecks(wanted);
  const runners: RunnerOutcome[] = [];
  for (const suite of suites) runners.push(await runSuite(folder, suite));
  const report = mergedReport(runners);
  for (const name of report.skipped) console.log(`skipped: ${name}`);
  const copy = process.env[reportFileVariable];
  if (copy !== undefined) writeReport(copy, report);
  return verdict({ runners, failedChecks });
}

await main();
