import { describe, expect, it, test } from 'vitest';
import { inWords, lastDue, periodOf } from './schedule.ts';

const at = (text: string): Date => new Date(text);

describe('every 15 s', () => {
  const schedule = { kind: 'every', ms: 15_000 } as const;

  it.each([
    ['2026-03-01T10:00:14.999Z', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01T10:00:15.000Z', '2026-03-01T10:00:15.000Z'],
    ['2026-03-01T00:00:00.001Z', '2026-03-01T00:00:00.000Z'],
  ])('at %s was due last at %s', (now, due) => {
    expect(lastDue(schedule, at(now))).toEqual(at(due));
  });
});

describe('daily at 03:10 UTC', () => {
  const schedule = { kind: 'daily', hour: 3, minute: 10 } as const;

  it.each([
    ['2026-03-29T03:09:59.999Z', '2026-03-28T03:10:00.000Z'],
    ['2026-03-29T03:10:00.000Z', '2026-03-29T03:10:00.000Z'],
    ['2026-03-01T00:00:00.000Z', '2026-02-28T03:10:00.000Z'],
  ])('at %s was due last at %s', (now, due) => {
    expect(lastDue(schedule, at(now))).toEqual(at(due));
  });
});

test('a schedule says in words what it is', () => {
  const every = [250, 15_000, 60_000, 600_000, 3_600_000].map((ms) => inWords({ kind: 'every', ms }));
  expect(every).toEqual(['every 250 ms', 'every 15 s', 'every 1 min', 'every 10 min', 'every 1 h']);
  expect(inWords({ kind: 'daily', hour: 3, minute: 5 })).toBe('daily at 03:05 UTC');
});

test('its period is the time between two due times', () => {
  expect(periodOf({ kind: 'every', ms: 250 })).toBe(250);
  expect(periodOf({ kind: 'daily', hour: 3, minute: 5 })).toBe(24 * 3_600_000);
});
