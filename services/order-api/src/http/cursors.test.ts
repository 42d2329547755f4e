import { expect, it } from 'vitest';
import { decodeCursor, encodeCursor, instantIn } from './cursors.ts';
import { ProblemError } from './problems.ts';

const filter = ['user-orders', 'u1', 'placed'];
const cursor = encodeCursor(['2026-01-31T12:00:00.000Z', 'id'], filter);

it('leads back to where the page ended', () => {
  expect(decodeCursor(cursor, filter, 2)).toEqual(['2026-01-31T12:00:00.000Z', 'id']);
});

it.each([
  ['another list', cursor, ['user-orders', 'u2', 'placed'], 2],
  ['another filter', cursor, ['user-orders', 'u1', null], 2],
  ['another position', cursor, filter, 1],
  ['no base64', '%%%', filter, 2],
  ['no JSON', Buffer.from('{').toString('base64url'), filter, 2],
  ['no list', Buffer.from('{"a":1}').toString('base64url'), filter, 2],
  ['no texts', encodeCursor(['a'], filter).replace(/.{6}$/, ''), filter, 1],
])('refuses a cursor of %s', (_, text, of, parts) => {
  expect(() => decodeCursor(text, of, parts)).toThrow(ProblemError);
});

it('reads the times that it writes', () => {
  expect(instantIn('2026-01-31T12:00:00.000Z')).toEqual(new Date(Date.UTC(2026, 0, 31, 12)));
});

it.each(['-271821-04-20T00:00:00.000Z', '+275760-09-13T00:00:00.000Z', '2026', 'now', ''])(
  'refuses the time %j',
  (time) => {
    expect(() => instantIn(time)).toThrow(ProblemError);
  },
);
