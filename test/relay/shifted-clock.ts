import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The clock of one process, which a test puts forward or back while that process runs. */
export interface ShiftedClock {
  /** What a process runs by this clock that is started with it. */
  readonly environment: Readonly<Record<string, string>>;
  /** @param ms ahead of this host's clock; 0 puts it right */
  shift(ms: number): void;
}

const placeVariable = 'WAYBILL_TEST_CLOCK';

/** @param folder takes the file that both processes know */
export function shiftedClock(folder: string, ms: number): ShiftedClock {
  const place = path.join(folder, 'clock');
  const shift = (ahead: number): void => writeFileSync(place, String(ahead));
  shift(ms);
  return {
    environment: {
      [placeVariable]: place,
      NODE_OPTIONS: `--import=${new URL('shifted-clock.preload.ts', import.meta.url).href}`,
    },
    shift,
  };
}

/** This process's clock from now on. Only the time of day: what is measured by `performance` goes on as it did. */
export function runByShiftedClock(): void {
  const place = process.env[placeVariable];
  if (place === undefined) throw new Error(`${placeVariable} names no file`);
  const RealDate = Date;
  const now = (): number => RealDate.now() + Number(readFileSync(place, 'utf8'));
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, values, asked) =>
      Reflect.construct(target, values.length === 0 ? [now()] : values, asked),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
}
