import type { RelayStatus } from '@waybill/outbox/relay';
import { expect, it } from 'vitest';
import { livenessOf, readinessOf } from './health.ts';

const running: RelayStatus = {
  state: 'running',
  progressAgeMs: 20,
  lease: 'good',
  epoch: 1,
  lanes: 8,
  eventsInFlight: 0,
  lanesBackingOff: 0,
};
const going = new AbortController().signal;

it('lives while its loops come round, whether or not there is a database', () => {
  expect(livenessOf(running, 31_000)).toEqual({ status: 'ok' });
  expect(livenessOf({ state: 'waiting for the database', progressAgeMs: 5_000 }, 31_000)).toEqual({
    status: 'ok',
  });
  expect(livenessOf({ state: 'stopped' }, 31_000)).toEqual({ status: 'ok' });
});

it('does not live when something never returns', () => {
  const reason = 'a loop of the relay has not come round for 32 s';
  const stuck = { status: 'unavailable', reason };
  expect(livenessOf({ ...running, progressAgeMs: 32_000 }, 31_000)).toEqual(stuck);
  expect(livenessOf({ state: 'waiting for the database', progressAgeMs: 32_000 }, 31_000)).toEqual(stuck);
});

it('is ready while it may take lanes, however many of them back off', () => {
  expect(readinessOf({ ...running, lanesBackingOff: 8 }, going)).toEqual({ status: 'ok' });
});

it.each<[string, RelayStatus, AbortSignal]>([
  ['closing', running, AbortSignal.abort()],
  ['the lease was not renewed in time', { ...running, lease: 'lapsed' }, going],
  ['the relay is waiting for the database', { state: 'waiting for the database', progressAgeMs: 0 }, going],
  ['the relay is stopped', { state: 'stopped' }, going],
])('is not ready: %s', (reason, status, stopping) => {
  expect(readinessOf(status, stopping)).toEqual({ status: 'unavailable', reason });
});
