import type { Queryable } from '@waybill/outbox/operations';
import { wait } from '@waybill/retry';
import { asJson, type Format } from '../command-line/answer.ts';
import { progressTo } from '../display/progress.ts';
import type { Terminal } from '../output.ts';
import { type JobRun, readNewestId, readOpenRuns, readRuns, readRunsAfter } from './jobs.sql.ts';
import { runLine } from './run-as-text.ts';

/** Between two looks, in ms: a bar moves about as often. */
const lookEveryMs = 250;

export interface Following {
  readonly database: Queryable;
  readonly terminal: Terminal;
  readonly format: Format;
  readonly signal: AbortSignal;
}

/**
 * Shows one run until it is finished, as a line that grows on standard error.
 *
 * @returns the finished run, or undefined when the signal aborted before
 */
export async function followRun(
  { database, terminal, format, signal }: Following,
  run: string,
): Promise<JobRun | undefined> {
  const progress = progressTo(terminal.err, format);
  while (!signal.aborted) {
    const [now] = await readRuns(database, [run]);
    if (now === undefined) return undefined; // forgotten meanwhile
    if (isFinished(now)) {
      await progress.end();
      return now;
    }
    await progress.show(runLine(now));
    await wait(lookEveryMs, signal);
  }
  return undefined;
}

/**
 * Shows every run that is open and every one that begins, until `signal` aborts or `max` have finished. As JSON a line
 * for each change; as text a line for each that finished, and one that grows for what is under way.
 *
 * @param job only this one's, or null for all
 */
export async function followJobs(
  { database, terminal, format, signal }: Following,
  job: string | null,
  max: number,
): Promise<void> {
  let newest = await readNewestId(database);
  let followed = await readOpenRuns(database, job);
  const shown = new Map<string, string>();
  const progress = progressTo(terminal.err, format);
  let finished = 0;
  while (!signal.aborted) {
    for (const run of followed) {
      const text = format === 'json' ? asJson(run) : `${runLine(run)}\n`;
      if (format === 'json' && shown.get(run.run) !== text) await terminal.out.write(text);
      if (format === 'text' && isFinished(run)) await terminal.out.write(clearing(terminal, text));
      if (run.state === 'running') await progress.show(runLine(run));
      shown.set(run.run, text);
      if (!isFinished(run)) continue;
      shown.delete(run.run);
      finished += 1;
      if (finished === max) return;
    }
    await wait(lookEveryMs, signal);
    const open = followed.filter((run) => !isFinished(run)).map(({ run }) => run);
    const begun = await readRunsAfter(database, newest, job);
    newest = begun.at(-1)?.run ?? newest;
    followed = [...(await readRuns(database, open)), ...begun];
  }
}

/** On a terminal the line that grows is in the way. */
function clearing({ err }: Terminal, text: string): string {
  return err.isTerminal ? `\r\u001b[K${text}` : text;
}

function isFinished({ state }: JobRun): boolean {
  return state === 'done' || state === 'failed';
}
