import { expect, it } from 'vitest';
import { parseOptions } from './options.ts';

it('measures everything in five rounds when nothing is said', () => {
  expect(parseOptions([])).toEqual({
    parts: ['throughput', 'hot', 'size'],
    rounds: 5,
    seconds: 8,
    connections: 64,
    sizes: [1_000, 100_000, 1_000_000],
    json: false,
  });
});

it('is quick when told so, and each option still counts', () => {
  const options = parseOptions(['--quick', '--rounds', '3', '--only', 'hot', '--json']);
  expect(options).toMatchObject({ parts: ['hot'], rounds: 3, seconds: 3, json: true });
});

it.each([
  ['--rounds', '0'],
  ['--only', 'speed'],
  ['--sizes', '1e3x'],
])('refuses %s %s', (...args) => {
  expect(() => parseOptions(args)).toThrow(RangeError);
});
