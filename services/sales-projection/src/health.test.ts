import { expect, test } from 'vitest';
import { livenessOf } from './health.ts';

test('it lives while the consumer comes on, and not when something in it hangs', () => {
  expect(livenessOf({ progressAgeMs: 120_000 })).toEqual({ status: 'ok' });
  expect(livenessOf({ progressAgeMs: 121_000 })).toEqual({
    status: 'unavailable',
    reason: 'the consumer has not come on for 121 s',
  });
});
