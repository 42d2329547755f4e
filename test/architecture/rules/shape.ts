import { isTestCode, type Violation } from '../places.ts';
import type { SourceFile } from '../source-file.ts';

const emptyNames = /^(utils?|helpers?|common|misc|shared|stuff)$/;

/** A name says what is inside: no utils, helpers, common, misc, as a folder or as a file. */
export function namesSayWhatFilesAreFor(file: SourceFile): Violation[] {
  return file.path
    .split('/')
    .filter((part) => emptyNames.test(part.replace(/\..*$/, '')))
    .map((part) => ({ path: file.path, line: 1, why: `"${part}" does not say what it is for` }));
}

/** Lines above which a file must open with a comment that says why it is one piece. */
export const longFile = 250;

/** A long file explains itself in its first lines, or is split. */
export function longFilesExplainThemselves(file: SourceFile): Violation[] {
  if (file.lines <= longFile || file.startsWithComment) return [];
  return [
    {
      path: file.path,
      line: 1,
      why: `${file.lines} lines: split it, or open it with a comment that says why not`,
    },
  ];
}

/** Lines above which a function needs a comment right above it. */
export const longFunction = 60;

/** A long function explains itself, or is split. Tests are exempt: a `describe` is one function. */
export function longFunctionsExplainThemselves(file: SourceFile): Violation[] {
  if (isTestCode(file.path)) return [];
  return file.functions
    .filter((span) => span.length > longFunction && !span.explained)
    .map((span) => ({
      path: file.path,
      line: span.line,
      why: `a function of ${span.length} lines without a comment above it`,
    }));
}
