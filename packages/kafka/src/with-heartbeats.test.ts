import { expect, it } from 'vitest';
import { withHeartbeats } from './with-heartbeats.ts';

it('beats for as long as the work takes and no longer', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  let beats = 0;
  const beat = async (): Promise<void> => {
    beats += 1;
    if (beats === 3) resolve('done');
  };
  expect(await withHeartbeats(promise, beat, 1)).toBe('done');
  await new Promise((later) => setTimeout(later, 20));
  expect(beats).toBe(3);
});

it('awaits the work after a beat has failed, and tells of the beat', async () => {
  const { promise, reject } = Promise.withResolvers<string>();
  const seen: string[] = [];
  const beat = async (): Promise<void> => {
    seen.push('beat');
    setTimeout(() => {
      seen.push('work');
      reject(new Error('the work failed'));
    }, 5);
    throw new Error('no member any more');
  };
  await expect(withHeartbeats(promise, beat, 1)).rejects.toThrow('no member any more');
  expect(seen).toEqual(['beat', 'work']);
});

it('fails like the work', async () => {
  const work = Promise.reject(new Error('the work failed'));
  await expect(withHeartbeats(work, async () => undefined, 1_000)).rejects.toThrow('the work failed');
});
