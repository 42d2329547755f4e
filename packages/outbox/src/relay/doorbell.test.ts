import { expect, it } from 'vitest';
import { Doorbell } from './doorbell.ts';

const never = new AbortController().signal;

it('ends a wait when it rings', async () => {
  const bell = new Doorbell();
  const waiting = bell.wait(60_000, never);
  bell.ring();
  await expect(waiting).resolves.toBe('all');
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

it('says which lanes it rang for since the last wait', async () => {
  const bell = new Doorbell();
  bell.ring([1, 2]);
  bell.ring([]);
  bell.ring([2, 3]);
  await expect(bell.wait(60_000, never)).resolves.toEqual(new Set([1, 2, 3]));
  const waiting = bell.wait(60_000, never);
  bell.ring([4]);
  await expect(waiting).resolves.toEqual(new Set([4]));
});

it('asks for all lanes when one ring named none, whatever the others named', async () => {
  const bell = new Doorbell();
  bell.ring([1]);
  bell.ring();
  bell.ring([2]);
  await expect(bell.wait(60_000, never)).resolves.toBe('all');
});

it('asks for all lanes when the time is up, whatever rang meanwhile', async () => {
  const bell = new Doorbell();
  await expect(bell.wait(1, never)).resolves.toBe('all');
  bell.ring([1]);
  await expect(bell.wait(0, never)).resolves.toBe('all');
  bell.ring([2]);
  await expect(bell.wait(60_000, never)).resolves.toEqual(new Set([2]));
});

it('ends a wait when aborted', async () => {
  await expect(new Doorbell().wait(60_000, AbortSignal.timeout(5))).resolves.toBe('all');
  await expect(new Doorbell().wait(60_000, AbortSignal.abort())).resolves.toBe('all');
});
