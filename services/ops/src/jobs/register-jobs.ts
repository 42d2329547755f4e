import { type Command, Option } from 'commander';
import { answer, formatFrom } from '../command-line/answer.ts';
import { wholeNumber } from '../command-line/arguments.ts';
import type { CommandContext } from '../command-line/context.ts';
import { mandateFrom } from '../command-line/mandate.ts';
import { databaseSettingsFrom } from '../config.ts';
import { openDatabase } from '../database/operator-database.ts';
import { exitCodes } from '../exit-codes.ts';
import { OperatorError } from '../operator-error.ts';
import { followJobs, followRun } from './follow-runs.ts';
import { readJobs, readRuns, requestRun } from './jobs.sql.ts';
import { jobsAsText } from './jobs-as-text.ts';
import { findingsOf, runLine } from './run-as-text.ts';

interface RunFlags {
  readonly follow: boolean;
  readonly reason: string;
  readonly actor?: string;
  readonly json?: true;
}

interface FollowFlags {
  readonly max?: number;
  readonly json?: true;
}

export function registerJobs(program: Command, context: CommandContext): void {
  const jobs = program.command('jobs').description('show scheduled work, start it and follow it');
  const open = () => openDatabase(databaseSettingsFrom(context.environment()).WAYBILL_DATABASE_URL);
  const { terminal } = context;

  jobs
    .command('list')
    .description('show every job: when it runs, what it is at, how its last run ended')
    .option('--json', 'print one JSON array')
    .action(async (flags: { readonly json?: true }) => {
      await using database = await open();
      await answer(terminal, formatFrom(flags), await readJobs(database), jobsAsText);
    });

  jobs
    .command('run')
    .description('ask for a run now, and follow it to its end; what it found is exit code 3')
    .argument('<job>', 'its name in jobs list')
    .option('--no-follow', 'ask and leave')
    .option('--reason <text>', 'why, for those who look later', 'by hand')
    .option('--actor <name>', 'who asks; by default $USER@host')
    .option('--json', 'print the run as one JSON object')
    .action(async (job: string, flags: RunFlags) => {
      await using database = await open();
      requireJob(await readJobs(database), job);
      const { actor, reason } = mandateFrom(flags, context.environment());
      const run = await requestRun(database, job, actor, reason);
      const format = formatFrom(flags);
      const signal = context.interruption();
      const last = flags.follow
        ? await followRun({ database, terminal, format, signal }, run)
        : (await readRuns(database, [run]))[0];
      if (last === undefined) {
        throw new OperatorError(`Run ${run} goes on without anybody looking: waybill jobs follow ${job}.`);
      }
      if (flags.follow && last.state === 'failed') context.exitWith(exitCodes.failed);
      else if (findingsOf(last).length > 0) context.exitWith(exitCodes.findings);
      await answer(terminal, format, last, (value) => `${runLine(value)}\n`);
    });

  jobs
    .command('follow')
    .description('show runs as they go, until Ctrl-C')
    .argument('[job]', 'only this one’s')
    .addOption(new Option('--max <runs>', 'end after so many have finished').argParser(wholeNumber(1)))
    .option('--json', 'one JSON object per line and change, nothing else')
    .action(async (job: string | undefined, flags: FollowFlags) => {
      await using database = await open();
      if (job !== undefined) requireJob(await readJobs(database), job);
      const following = { database, terminal, format: formatFrom(flags), signal: context.interruption() };
      await followJobs(following, job ?? null, flags.max ?? Number.POSITIVE_INFINITY);
    });
}

/** @throws OperatorError USAGE naming those that there are */
function requireJob(jobs: readonly { readonly name: string }[], wanted: string): void {
  if (jobs.some(({ name }) => name === wanted)) return;
  const names = jobs.map(({ name }) => name).join(', ');
  throw new OperatorError(
    jobs.length === 0
      ? 'No service of the jobs has ever run against this database.'
      : `There is no job ${wanted}. There are ${names}.`,
    { code: jobs.length === 0 ? 'NOT_YET' : 'USAGE' },
  );
}
