import { expect, test } from 'vitest';
import { classifyFailure, HandlerError } from './failure.ts';

test.each([
  ['a value too large for an index', '54000', 'poison'],
  ['a value out of range', '22003', 'poison'],
  ['a statement that took too long', '57014', 'pause'],
  ['a deadlock', '40P01', 'pause'],
  ['a missing table', '42P01', 'pause'],
])('%s (%s) asks for: %s', (_what, code, expected) => {
  const error = new HandlerError(Object.assign(new Error(), { code }), 'answers');
  expect(classifyFailure(error, () => undefined)).toBe(expected);
});
