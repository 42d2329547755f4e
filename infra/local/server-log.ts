import { existsSync, openSync, readFileSync, renameSync } from 'node:fs';

/** Opens a fresh log; the one of the run before is kept beside it as `<file>.1`. */
export function openServerLog(file: string): number {
  if (existsSync(file)) renameSync(file, `${file}.1`);
  return openSync(file, 'a');
}

/** The last lines of a log, indented for a message; says so when there are none. */
export function lastLines(file: string, count = 8): string {
  const lines = (existsSync(file) ? readFileSync(file, 'utf8') : '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  if (lines.length === 0) return `  (nothing in ${file})`;
  return lines
    .slice(-count)
    .map((line) => `  ${line.slice(0, 400)}`)
    .join('\n');
}
