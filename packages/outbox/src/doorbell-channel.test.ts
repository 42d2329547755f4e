import { expect, it } from 'vitest';
import { doorbellMessage, lanesOfDoorbellMessage } from './doorbell-channel.ts';

it('names the lanes in a message', () => {
  expect(lanesOfDoorbellMessage(doorbellMessage(new Set([3])))).toEqual([3]);
  expect(lanesOfDoorbellMessage(doorbellMessage([1, 32_767]))).toEqual([1, 32_767]);
});

it.each(['', 'all', '1,', ',1', '1 2', '1;2', '-1', '1234567'])('takes "%s" for any lane', (message) => {
  expect(lanesOfDoorbellMessage(message)).toBeUndefined();
});
