import { howLong } from '../display/amounts.ts';
import { printable } from '../display/table.ts';
import type { JobRun } from './jobs.sql.ts';

/** Of a progress bar, in characters. */
const barWidth = 24;

/** `expire-keys  ████████████░░░░░░░░░░░░  1,200 of 2,400`, or in words where there is nothing to count. */
export function runLine(run: JobRun): string {
  const { job, state, done, total } = run;
  const name = `${job} (run ${run.run})`;
  if (state !== 'running') return `${name}  ${stateInWords(run)}`;
  if (done === null) return `${name}  running on ${run.worker ?? 'somebody'}`;
  if (total === null || total === 0) return `${name}  ${grouped(done)} so far`;
  return `${name}  ${bar(done / total)}  ${grouped(done)} of ${grouped(total)}`;
}

export function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
  return '█'.repeat(full) + '░'.repeat(barWidth - full);
}

/** Of services of the jobs, which nobody has heard of for so long, in ms. */
export function silenceInWords(ms: number): string {
  return `no service of the jobs has been heard of for ${howLong(ms)}`;
}

/** The same behind something else; nothing while a service is heard of. */
export function andSilence(ms: number | null): string {
  return ms === null ? '' : `; ${silenceInWords(ms)}`;
}

function stateInWords(run: JobRun): string {
  const { state, attempts, error, errorCode, nextAttemptAt, tookMs } = run;
  switch (state) {
    case 'waiting':
      return 'waits for the service of the jobs to begin it';
    case 'running':
      return 'running';
    case 'repeating': {
      const when = nextAttemptAt?.toISOString() ?? 'soon';
      return `failed ${attempts === 1 ? 'once' : `${attempts} times`}, again at ${when}: ${errorText(errorCode, error)}`;
    }
    case 'failed':
      return `failed after ${attempts === 1 ? 'one attempt' : `${attempts} attempts`}: ${errorText(errorCode, error)}`;
    case 'done':
      return `done in ${howLong(tookMs ?? 0)}${resultText(run.result)}`;
  }
}

function errorText(code: string | null, sentence: string | null): string {
  return printable(`${sentence ?? 'unknown'} (${code ?? 'unknown'})`);
}

function resultText(result: JobRun['result']): string {
  const parts = Object.entries(result ?? {}).filter(([, value]) => !Array.isArray(value) || value.length > 0);
  if (parts.length === 0) return '';
  const text = parts.map(
    ([what, value]) => `${what} ${Array.isArray(value) ? value.join('; ') : String(value)}`,
  );
  return printable(`: ${text.join(', ')}`);
}

/** Sentences of a run about what somebody has to look at. */
export function findingsOf({ result }: JobRun): readonly unknown[] {
  const findings = result?.['findings'];
  return Array.isArray(findings) ? findings : [];
}

function grouped(number: number): string {
  return number.toLocaleString('en-US');
}
