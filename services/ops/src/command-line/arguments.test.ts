import { InvalidArgumentError } from 'commander';
import { describe, expect, test } from 'vitest';
import { duration, instant, waitingTime, wholeNumber, wholeNumbers } from './arguments.ts';

describe('a whole number', () => {
  test('is one from the least up', () => {
    expect(wholeNumber(1)('12')).toBe(12);
    expect(wholeNumber(1, 12)('12')).toBe(12);
    expect(() => wholeNumber(1, 12)('13')).toThrow('It must be a whole number from 1 to 12.');
  });

  test.each(['0', '-1', '1.5', '1e3', 'many', '', ' 1', '9007199254740993'])('is not %j', (text) => {
    expect(() => wholeNumber(1)(text)).toThrow(InvalidArgumentError);
  });

  test('may be given several times', () => {
    expect(wholeNumbers(1)('3', wholeNumbers(1)('2'))).toEqual([2, 3]);
  });
});

describe('a time', () => {
  test('names its zone', () => {
    expect(instant('2026-11-24T06:00:00+01:00')).toEqual(new Date('2026-11-24T05:00:00Z'));
    expect(() => instant('2026-11-24T06:00:00')).toThrow(/zone/);
    expect(() => instant('yesterday')).toThrow(/zone/);
  });
});

describe('a duration', () => {
  test.each([
    ['90s', 90_000],
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
  ])('%s is %d ms', (text, ms) => {
    expect(duration(text)).toBe(ms);
  });

  test.each(['90', 's', '1y', '-1s', '1.5h'])('is not %j', (text) => {
    expect(() => duration(text)).toThrow(InvalidArgumentError);
  });
});

describe('a time to wait', () => {
  test('is no longer than a timer can be', () => {
    expect(waitingTime('24d')).toBeLessThan(2 ** 31);
    expect(() => waitingTime('25d')).toThrow('It must be 24d at most.');
    expect(() => waitingTime('1y')).toThrow(InvalidArgumentError);
  });
});
