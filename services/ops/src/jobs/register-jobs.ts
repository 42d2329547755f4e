import { type Command, Option } from 'commander';
import { answer, formatFrom } from '../command-line/answer.ts';
import { waitingTime, wholeNumber } from '../command-line/arguments.ts';
import type { CommandContext } from '../command-line/context.ts';
import { mandateFrom } from '../command-line/mandate.ts';
import { databaseSettingsFrom } from '../config.ts';
import { openDatabase, type OperatorDatabase } from '../database/operator-database.ts';
import { steadily } from '../database/steady-database.ts';
import { exitCodes } from '../exit-codes.ts';
import { OperatorError } from '../operator-error.ts';
import { howLong } from '../display/amounts.ts';
import { followJobs, type Followed, followRun } from './follow-runs.ts';
import { type JobOverview, type JobRun, readJobs, readRuns, readSilence, requestRun } from './jobs.sql.ts';
import { jobsAsText } from './jobs-as-text.ts';
import { andSilence, findingsOf, runLine } from './run-as-text.ts';

interface RunFlags {
  readonly follow: boolean;
  readonly wait: number;
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
  const { terminal } = context;

  jobs
    .command('list')
    .description('show every job: when it runs, what it is at, how its last run ended')
    .option('--json', 'print one JSON array')
    .action(async (flags: { readonly json?: true }) => {
      await using database = await open(context);
      await answer(terminal, formatFrom(flags), await readJobs(database), jobsAsText);
    });

  registerRun(jobs, context);

  jobs
    .command('follow')
    .description('show runs as they go, until Ctrl-C')
    .argument('[job]', 'only this one’s')
    .addOption(new Option('--max <runs>', 'end after so many have finished').argParser(wholeNumber(1)))
    .option('--json', 'one JSON object per line and change, nothing else')
    .action(async (job: string | undefined, flags: FollowFlags) => {
      const first = await open(context);
      const watch = { terminal, format: formatFrom(flags), signal: context.interruption() };
      await using database = steadily(first, () => open(context), watch);
      if (job !== undefined) requireJob(await readJobs(database), job);
      await followJobs({ ...watch, database }, job ?? null, flags.max ?? Number.POSITIVE_INFINITY);
    });
}

function registerRun(jobs: Command, context: CommandContext): void {
  const { terminal } = context;
  jobs
    .command('run')
    .description('ask for a run now, and follow it to its end; what it found is exit code 3')
    .argument('<job>', 'its name in jobs list')
    .option('--no-follow', 'ask and leave')
    .addOption(
      new Option(
        '--wait <duration>',
        'how long to wait for a service to begin it; what is asked for stays asked for',
      )
        .argParser(waitingTime)
        .default(300_000, '5m'),
    )
    .option('--reason <text>', 'why, for those who look later', 'by hand')
    .option('--actor <name>', 'who asks; by default $USER@host')
    .option('--json', 'print the run as one JSON object')
    .action(async (job: string, flags: RunFlags) => {
      await using database = await open(context);
      requireRunnable(await readJobs(database), job);
      const { actor, reason } = mandateFrom(flags, context.environment());
      const run = await requestRun(database, job, actor, reason);
      const format = formatFrom(flags);
      if (!flags.follow) {
        const silence = andSilence(await readSilence(database));
        const [asked] = await readRuns(database, [run]);
        await answer(terminal, format, asked, (value) => (value ? `${runLine(value)}${silence}\n` : ''));
        return;
      }
      const following = { database, terminal, format, signal: context.interruption() };
      const last = finished(await followRun(following, run, flags.wait), { run, job, waitMs: flags.wait });
      if (last.state === 'failed') context.exitWith(exitCodes.failed);
      else if (findingsOf(last).length > 0) context.exitWith(exitCodes.findings);
      await answer(terminal, format, last, (value) => `${runLine(value)}\n`);
    });
}

function open(context: CommandContext): Promise<OperatorDatabase> {
  return openDatabase(databaseSettingsFrom(context.environment()).WAYBILL_DATABASE_URL);
}

interface Asked {
  readonly run: string;
  readonly job: string;
  readonly waitMs: number;
}

/** @throws OperatorError saying what becomes of a run that is not finished */
function finished(followed: Followed, { run, job, waitMs }: Asked): JobRun {
  switch (followed.kind) {
    case 'finished':
      return followed.run;
    case 'left':
      throw new OperatorError(`Run ${run} goes on without anybody looking: waybill jobs follow ${job}.`);
    case 'waits':
      throw new OperatorError(
        `Nobody was at run ${run} for ${howLong(waitMs)}: ${followed.because}. It stays asked for: waybill jobs follow ${job}.`,
        { code: 'NOT_YET' },
      );
  }
}

/** @throws OperatorError NOT_FOUND for one that services of the jobs no longer have, else as {@link requireJob} */
function requireRunnable(jobs: readonly JobOverview[], wanted: string): void {
  requireJob(jobs, wanted);
  const retired = jobs.find(({ name, standing }) => name === wanted && standing === 'retired');
  if (retired === undefined) return;
  throw new OperatorError(
    `No service of the jobs has ${wanted} any more; one had it last at ${retired.seenAt.toISOString()}.`,
    { code: 'NOT_FOUND' },
  );
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
