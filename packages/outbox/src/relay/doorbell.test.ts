import { expect, it } from 'vitest';
import { Doorbell } from './doorbell.ts';

const never = new AbortController().signal;

it('ends a wait when it rings', async () => {
  const bell = new Doorbell();
  const waiting = bell.wait(60_000, never);
  bell.ring();
  await expect(waiting).resolves.toBeUndefined();
});

it('keeps a ring that nobody waited for, once', async () => {
  const bell = new Doorbell();
  bell.ring();
  await bell.wait(60_000, never);
  const second = bell.wait(60_000, AbortSignal.timeout(20));
  const first = await Promise.race([second.then(() => 'waited'), Promise.resolve('at once')]);
  expect(first).toBe('at once');
  await second;
});

it('ends a wait when aborted', async () => {
  await expect(new Doorbell().wait(60_000, AbortSignal.timeout(5))).resolves.toBeUndefined();
  await expect(new Doorbell().wait(60_000, AbortSignal.abort())).resolves.toBeUndefined();
});
