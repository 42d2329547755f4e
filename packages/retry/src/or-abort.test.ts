import { expect, it } from 'vitest';
import { aborted } from './aborted.ts';
import { orAbort } from './or-abort.ts';

const never = new Promise<never>(() => undefined);

it('comes to what the work comes to', async () => {
  const { signal } = new AbortController();
  expect(await orAbort(Promise.resolve(3), signal)).toBe(3);
  await expect(orAbort(Promise.reject(new Error('it failed')), signal)).rejects.toThrow('it failed');
});

it('waits no longer than until the signal aborts, and says why', async () => {
  const controller = new AbortController();
  const waiting = orAbort(never, controller.signal);
  controller.abort(new Error('too long'));
  await expect(waiting).rejects.toThrow('too long');
  await expect(orAbort(never, controller.signal)).rejects.toThrow('too long');
});

it('a signal can be waited for by itself, before and after', async () => {
  const controller = new AbortController();
  const waiting = aborted(controller.signal);
  controller.abort();
  await waiting;
  await aborted(controller.signal);
  expect(controller.signal.aborted).toBe(true);
});
