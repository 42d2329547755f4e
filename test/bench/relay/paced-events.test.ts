import { expect, it } from 'vitest';
import { nthOf, pacedEvent } from './paced-events.ts';

it('a paced event is found again by its key and version', () => {
  for (const nth of [0, 1, 399, 400, 12_345]) expect(nthOf(pacedEvent(nth))).toBe(nth);
  expect(pacedEvent(400)).toEqual({ key: pacedEvent(0).key, version: 2 });
});
