import { expect, test } from 'vitest';
import { livenessOf } from './health.ts';

test('it lives while the consumer comes on, and not when something in it hangs', () => {
  const serving = { progressAgeMs: 120_000 };
  expect(livenessOf([serving, undefined])).toEqual({ status: 'ok' });
  const hangs = { status: 'unavailable', reason: 'the consumer has not come on for 121 s' };
  expect(livenessOf([{ progressAgeMs: 121_000 }, undefined])).toEqual(hangs);
  expect(livenessOf([serving, { progressAgeMs: 121_000 }])).toEqual(hangs);
});
