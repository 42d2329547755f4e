import { expect, it } from 'vitest';
import { requestIdOf } from './request-id.ts';

it.each(['a', '0198c0de-0000-7000-8000-000000000001', 'Root:1-67891233.x_y', 'a'.repeat(64)])(
  'takes the caller’s id: %s',
  (given) => {
    expect(requestIdOf({ headers: { 'x-request-id': given } })).toBe(given);
  },
);

it.each([
  undefined,
  '',
  ' a',
  'a b',
  '{"a":1}',
  'ada@example.com',
  '-a',
  'a'.repeat(65),
  'é',
  'a, b',
  ['a', 'b'],
])('makes one of its own when it cannot be had or trusted: %j', (given) => {
  const made = requestIdOf({ headers: { 'x-request-id': given } });
  expect(made).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  expect(requestIdOf({ headers: {} })).not.toBe(made);
});
