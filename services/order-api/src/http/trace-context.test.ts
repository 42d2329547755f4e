import { expect, it } from 'vitest';
import { traceparentOf } from './trace-context.ts';

const given = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

it('takes the request’s trace context as it is', () => {
  expect(traceparentOf(given)).toBe(given);
});

it.each([
  undefined,
  '',
  'nonsense',
  given.toUpperCase(),
  given.replace('00-', 'ff-'),
  `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
  `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`,
  [given, given],
])('begins a new trace when there is none to read: %j', (header) => {
  const made = traceparentOf(header);
  expect(made).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(made).not.toBe(traceparentOf(header));
});
