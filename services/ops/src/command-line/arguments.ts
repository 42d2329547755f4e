import { InvalidArgumentError } from 'commander';

/** For commander's `argParser`: a whole number from `least` up, or to `most`. */
export const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const number = Number(text);
    if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(number) || number < least || number > most) {
      const end = most === Number.MAX_SAFE_INTEGER ? 'up' : `to ${most}`;
      throw new InvalidArgumentError(`It must be a whole number from ${least} ${end}.`);
    }
    return number;
  };

/** For an option that may be given several times: all numbers given. */
export const wholeNumbers =
  (least: number) =>
  (text: string, before: readonly number[] = []): readonly number[] => [...before, wholeNumber(least)(text)];

/** `2026-11-24T06:00:00Z`, or anything else that Date reads and that names its time zone. */
export function instant(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()) || !/\d(Z|[+-]\d{2}:?\d{2})$/.test(text)) {
    throw new InvalidArgumentError('It must be a time with its zone, for example 2026-11-24T06:00:00Z.');
  }
  return time;
}

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90s`, `15m`, `2h`, `7d`, as ms. */
export function duration(text: string): number {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount === undefined || !isUnit(unit)) {
    throw new InvalidArgumentError('It must be a duration, for example 90s, 15m, 2h or 7d.');
  }
  return Number(amount) * units[unit];
}

/** For commander's `argParser`: a {@link duration} that a timer can wait for, which is less than 2^31 ms in Node. */
export function waitingTime(text: string): number {
  const ms = duration(text);
  if (ms > 24 * units.d) throw new InvalidArgumentError('It must be 24d at most.');
  return ms;
}

function isUnit(text: string | undefined): text is keyof typeof units {
  return text !== undefined && Object.hasOwn(units, text);
}
