import type { Queryable } from '@waybill/outbox/operations';
import { wait } from '@waybill/retry';
import { asJson, type Format } from '../command-line/answer.ts';
import { progressTo } from '../display/progress.ts';
import type { Terminal } from '../output.ts';
import { type JobRun, readNewestId, readOpenRuns, readRuns, readRunsAfter, readSilence } from './jobs.sql.ts';
import { andSilence, runLine, silenceInWords } from './run-as-text.ts';

/** Between two looks, in ms: a bar moves about as often. */
const lookEveryMs = 250;

export interface Following {
  readonly database: Queryable;
  readonly terminal: Terminal;
  readonly format: Format;
  readonly signal: AbortSignal;
}

/** `left`: somebody pressed Ctrl-C, or the run was forgotten. `waits`: nobody was at it for as long as was to be waited. */
export type Followed =
  | { readonly kind: 'finished'; readonly run: JobRun }
  | { readonly kind: 'left' }
  | { readonly kind: 'waits'; readonly because: string };

/**
 * Shows one run until it is finished, as a line that grows on standard error.
 *
 * @param waitMs how long nobody may be at it: it waits to be begun, or no service is heard of
 */
export async function followRun(
  { database, terminal, format, signal }: Following,
  run: string,
  waitMs: number,
): Promise<Followed> {
  const progress = progressTo(terminal.err, format);
  let lastAt = performance.now();
  while (!signal.aborted) {
    const [now] = await readRuns(database, [run]);
    if (now === undefined) return { kind: 'left' };
    if (isFinished(now)) {
      await progress.end();
      return { kind: 'finished', run: now };
    }
    const silentMs = await readSilence(database);
    if (now.state !== 'waiting' && silentMs === null) lastAt = performance.now();
    if (performance.now() - lastAt > waitMs) {
      await progress.end();
      return { kind: 'waits', because: await whyItWaits(database, now, silentMs) };
    }
    await progress.show(`${runLine(now)}${andSilence(silentMs)}`);
    await wait(lookEveryMs, signal);
  }
  return { kind: 'left' };
}

async function whyItWaits(
  database: Queryable,
  { run, job }: JobRun,
  silentMs: number | null,
): Promise<string> {
  if (silentMs !== null) return silenceInWords(silentMs);
  const [first] = await readOpenRuns(database, job);
  if (first !== undefined && first.run !== run) return `run ${first.run} of ${job} goes before it`;
  return 'services of the jobs are heard of, and none has begun it';
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
