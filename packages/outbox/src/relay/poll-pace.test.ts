import { expect, it } from 'vitest';
import { nextPause } from './poll-pace.ts';

it('follows a full read at once, a partial one after the minimum, and stretches while idle', () => {
  expect(nextPause('full', 1000, 25, 1000)).toBe(0);
  expect(nextPause('some', 1000, 25, 1000)).toBe(25);
  const idle = [0, 1, 2, 3, 4, 5, 6, 7].reduce<number[]>(
    (pauses) => [...pauses, nextPause('none', pauses.at(-1) ?? 0, 25, 1000)],
    [],
  );
  expect(idle).toEqual([25, 50, 100, 200, 400, 800, 1000, 1000]);
});
