import { type Logger, type LoggerOptions, pino, stdSerializers } from 'pino';

export type { Logger } from 'pino';

/** Keys whose value never reaches a log line, at any depth. */
const hiddenKey = /^(?:authorization|cookie|set-cookie|email|name|password)$/i;
const mayHoldHiddenKey = /"(?:authorization|cookie|set-cookie|email|name|password)":/i;

/**
 * What a driver hangs on an error and what may quote a customer's row: PostgreSQL's `detail` says
 * `Key (email)=(ada@example.com) already exists`.
 */
const hiddenErrorFields = new Set([
  'detail',
  'where',
  'internalQuery',
  'parameters',
  'params',
  'query',
  'sql',
  'hint',
]);

/** Options of a service's logger: JSON lines with personal data and credentials taken out. */
export function loggerOptions({ service, level }: { service: string; level: string }): LoggerOptions {
  return {
    level,
    base: { service, pid: process.pid },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: serializeError, error: serializeError },
    hooks: { streamWrite: maskLine },
  };
}

/**
 * Writes JSON lines to standard output, synchronously: with pino's default the lines still in flight at
 * `process.exit` came out after later ones.
 */
export function createLogger(options: { service: string; level: string }): Logger {
  return pino(loggerOptions(options), pino.destination({ fd: 1, sync: true }));
}

/**
 * The last net, over the finished line: an ORM quotes a statement's values in an error's message, and a driver
 * quotes the connection string, where no key tells what they are. MikroORM ends a message with PostgreSQL's detail and
 * hint, which may hold the whole row: they are cut up to the stack's first line.
 */
export function maskLine(line: string): string {
  return (mayHoldHiddenKey.test(line) ? withoutHidden(line) : line)
    .replace(/\\n - (?:detail|hint): (?:[^"\\]|\\.)*?(?=\\n {4}at |")/g, '')
    .replace(/:\/\/([^\s"/:@]*):[^\s"/@]+@/g, '://$1:[hidden]@')
    .replace(/[\p{L}\d._%+'-]{1,64}@[\p{L}\d-]+(?:\.[\p{L}\d-]+)+/gu, '[e-mail]');
}

/** Over the finished line, which few need: pino's own redaction of 32 paths took most of the time of every line. */
function withoutHidden(line: string): string {
  const hide = (key: string, value: unknown) => (hiddenKey.test(key) ? '[hidden]' : value);
  return `${JSON.stringify(JSON.parse(line), hide)}\n`;
}

function serializeError(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const serialized: object = stdSerializers.err(value);
  return Object.fromEntries(Object.entries(serialized).filter(([field]) => !hiddenErrorFields.has(field)));
}
