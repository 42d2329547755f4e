import { expect, it } from 'vitest';
import { LoopProgress } from './loop-progress.ts';

function at(): { progress: LoopProgress; setNow: (ms: number) => void } {
  let now = 1_000;
  return { progress: new LoopProgress(() => now), setNow: (ms) => (now = ms) };
}

it('is as old as the loop that came round longest ago', () => {
  const { progress, setNow } = at();
  setNow(4_000);
  progress.cameRound('cycle');
  expect(progress.ageMs).toBe(3_000);
  progress.cameRound('heartbeat');
  expect(progress.ageMs).toBe(0);
});

it('is as old as a call that does not return, however often the loops come round', async () => {
  const { progress, setNow } = at();
  let settle = (): void => undefined;
  const call = progress.during(() => new Promise<void>((resolve) => (settle = resolve)));
  setNow(9_000);
  progress.restart();
  expect(progress.ageMs).toBe(8_000);
  settle();
  await call;
  expect(progress.ageMs).toBe(0);
});

it('forgets a call that failed', async () => {
  const { progress, setNow } = at();
  await expect(progress.during(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  setNow(2_000);
  progress.restart();
  expect(progress.ageMs).toBe(0);
});
