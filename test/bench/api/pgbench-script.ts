/** What varies from order to order: the value that was logged, and the expression that stands for it in pgbench. */
export interface Varying {
  readonly logged: string;
  readonly expression: string;
}

/** The statements of PostgreSQL's log (`log_statement = all`) from the last `begin` to the last `commit`. */
export function loggedTransaction(log: string): readonly string[] {
  const statements = log
    .split(/^\d{4}-\d\d-\d\d [^\n]*?(?:LOG|DETAIL|ERROR|STATEMENT): {2}/m)
    .flatMap((entry) => /^(?:statement|execute [^:]*): ([^]*?)\s*$/.exec(entry)?.[1] ?? []);
  const end = statements.findLastIndex((text) => text === 'commit');
  const begin = statements.slice(0, end).findLastIndex((text) => text.startsWith('begin'));
  if (begin < 0) throw new Error('the log holds no transaction');
  return statements.slice(begin, end + 1);
}

/**
 * A pgbench script that runs the statements with other values each time. `o`, which has to be given with -D, counts
 * on from run to run, so that ids rise as those of the service do.
 */
export function pgbenchScript(
  statements: readonly string[],
  varying: readonly Varying[],
  settings: readonly string[],
): string {
  return [...settings, ...statements.map((text) => `${withExpressions(text, varying)};`), ''].join('\n');
}

/** Literals as PostgreSQL reads them (manual, 4.1.2): backslashes escape within E'' only. */
function withExpressions(statement: string, varying: readonly Varying[]): string {
  return statement.replace(/E'(?:[^'\\]|\\[^]|'')*'|'(?:[^']|'')*'/g, (literal) => {
    const quote = literal.startsWith('E') ? "E'" : "'";
    let text = literal;
    for (const { logged, expression } of varying) {
      text = text.replaceAll(logged, `' || ${expression} || ${quote}`);
    }
    return text === literal ? literal : `(${text})`;
  });
}
