import { type logCreator, logLevel } from 'kafkajs';

/** What this package needs of a logger; pino fits. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

const throttling = /^Client side throttling in effect for (\d+)ms$/;

/**
 * Routes kafkajs' own lines to `log`, all at debug: kafkajs writes up to four error lines for a failure that it
 * also throws, and whoever catches it reports it once. Of its own debug lines only those about throttling.
 */
export function kafkajsLogTo(log: Log): logCreator {
  return () =>
    ({ namespace, level, log: { message, ...fields } }) => {
      if (level >= logLevel.DEBUG && !throttling.test(message)) return;
      log.debug({ kafkajs: { namespace, ...fields } }, message);
    };
}

/**
 * The same log, heard by `onThrottle`: that a broker throttles a connection (KIP-219) kafkajs tells in a debug line and
 * nowhere else.
 */
export function hearingThrottles(log: Log, onThrottle: (ms: number) => void): Log {
  return {
    debug(fields, message) {
      const ms = throttling.exec(message)?.[1];
      if (ms !== undefined) onThrottle(Number(ms));
      log.debug(fields, message);
    },
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
  };
}
