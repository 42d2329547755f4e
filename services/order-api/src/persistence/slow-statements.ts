/** What is used here of pg-pool and its clients. */
export interface TimedPool {
  on(event: 'connect', listener: (client: TimedClient) => void): unknown;
}

interface TimedClient {
  /** Given a callback it returns nothing. */
  query(...call: readonly unknown[]): unknown;
}

export interface SlowStatement {
  /** Without the values that stood in it. */
  readonly statement: string;
  readonly ms: number;
  readonly outcome: 'answered' | 'failed';
}

/**
 * Reports every statement that took longer than `thresholdMs`, from the call to the answer; so the time in which the
 * event loop was busy with something else counts.
 *
 * @param now in ms, never going back
 */
export function reportSlowStatements(
  pool: TimedPool,
  thresholdMs: number,
  now: () => number,
  report: (slow: SlowStatement) => void,
): void {
  pool.on('connect', (client) => {
    const query = client.query.bind(client);
    client.query = (...call) => {
      const since = now();
      const result = query(...call);
      if (!(result instanceof Promise)) return result;
      const over = (outcome: SlowStatement['outcome']) => () => {
        const ms = now() - since;
        if (ms >= thresholdMs) report({ statement: shapeOf(textOf(call[0])), ms: Math.round(ms), outcome });
      };
      // Whoever asked has `result` itself, and its rejection.
      result.then(over('answered'), over('failed'));
      return result;
    };
  });
}

function textOf(statement: unknown): string {
  if (typeof statement === 'string') return statement;
  const text: unknown =
    typeof statement === 'object' && statement !== null ? Reflect.get(statement, 'text') : undefined;
  return typeof text === 'string' ? text : '(cursor)';
}

/** Characters. A batch's statement has a row per order; what it does stands before that. */
const SHOWN = 1_500;

/**
 * A statement with `?` for its literals: the ORM writes values into the text, and they may be a customer's name.
 * Literals as PostgreSQL reads them (manual, 4.1.2): '' within quotes, backslashes within E'', dollar quotes.
 */
export function shapeOf(statement: string): string {
  const shape = statement
    .replace(/\be'(?:[^'\\]|\\[^]|'')*'|'(?:[^']|'')*'|\$(\w*)\$[^]*?\$\1\$/gi, '?')
    // What is cut off within quotes has no second one.
    .replace(/'[^]*$/, '?')
    .replace(/(?<![\w$"])-?\d+(?:\.\d+)?\b/g, '?')
    .replace(/\s+/g, ' ')
    .replace(/\?(?:, ?\?)+/g, '?, …')
    .replace(/(\([^()]*\))(?:, ?\([^()]*\))+/g, '$1, …')
    .trim();
  return shape.length > SHOWN ? `${shape.slice(0, SHOWN)}…` : shape;
}
