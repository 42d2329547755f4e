/** What `test/allowed-skips.txt` says, as data. */
export interface AllowedSkips {
  readonly names: ReadonlySet<string>;
  /** Lines without a reason. */
  readonly malformed: readonly string[];
}

/** One `<full test name> — <reason>` per line; empty lines and lines that begin with # do not count. */
export function parseAllowedSkips(text: string): AllowedSkips {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const entries = lines.map((line) => ({ line, parts: /^(.+?) — (\S.*)$/.exec(line) }));
  return {
    names: new Set(entries.flatMap(({ parts }) => (parts?.[1] === undefined ? [] : [parts[1]]))),
    malformed: entries.filter(({ parts }) => parts === null).map(({ line }) => line),
  };
}

/** Sentences about what is wrong; none: every skip is allowed and has its reason. */
export function skipProblems(skipped: readonly string[], allowed: AllowedSkips): string[] {
  return [
    ...allowed.malformed.map((line) => `test/allowed-skips.txt gives no reason in: ${line}`),
    ...skipped
      .filter((name) => !allowed.names.has(name))
      .map((name) => `skipped without a reason in test/allowed-skips.txt: ${name}`),
  ];
}
