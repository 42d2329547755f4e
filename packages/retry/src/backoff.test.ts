import { expect, test } from 'vitest';
import { backoffDelay } from './backoff.ts';

const policy = { baseMs: 20, capMs: 400 };
const almostOne = 1 - Number.EPSILON;

test('the longest delay doubles with every failure, up to the cap', () => {
  const longest = [0, 1, 2, 3, 4, 5, 6].map((attempt) =>
    Math.round(backoffDelay(policy, attempt, () => almostOne)),
  );
  expect(longest).toEqual([20, 40, 80, 160, 320, 400, 400]);
});

test('the jitter is full: every delay from none to the longest is as likely', () => {
  expect([0, 0.25, 0.5].map((random) => backoffDelay(policy, 2, () => random))).toEqual([0, 20, 40]);
});

test('after a thousand failures the delay is still the cap and a number', () => {
  expect(backoffDelay(policy, 5_000, () => 0.5)).toBe(200);
});
