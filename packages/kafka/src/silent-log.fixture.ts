import type { Log } from './log.ts';

const ignore = (): void => {};

/** For tests that do not look at what is logged. */
export const silentLog: Log = { debug: ignore, info: ignore, warn: ignore };
