import type { logCreator } from 'kafkajs';

/** What this package needs of a logger; pino fits. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/**
 * Routes kafkajs' own lines to `log`, all at debug: kafkajs writes up to four error lines for a failure that it
 * also throws, and whoever catches it reports it once.
 */
export function kafkajsLogTo(log: Log): logCreator {
  return () =>
    ({ namespace, log: { message, ...fields } }) => {
      log.debug({ kafkajs: { namespace, ...fields } }, message);
    };
}
