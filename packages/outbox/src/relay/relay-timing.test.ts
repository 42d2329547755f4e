import pg from 'pg';
import { expect, it } from 'vitest';
import { Relay } from './relay.ts';
import type { RelaySettings } from './relay-settings.ts';

function relayWith(settings: Partial<RelaySettings>): Relay {
  const never = () => Promise.reject(new Error('nothing is sent here'));
  return new Relay({
    pool: new pg.Pool(),
    publisher: { publish: never, probe: never, close: () => Promise.resolve() },
    listener: () => undefined,
    settings,
  });
}

it('takes the settings that it has by default', () => {
  expect(relayWith({}).status).toEqual({ state: 'stopped' });
});

it('refuses a send that may take more than half the lease', () => {
  expect(() => relayWith({ leaseMs: 4_000, sendTimeoutMs: 2_001 })).toThrow(/more than half the lease/);
});

it.each([
  ['no room', { leaseMs: 1_000, leaseMarginMs: 500, sendTimeoutMs: 500 }],
  ['hardly any', { leaseMs: 1_100, leaseMarginMs: 500, sendTimeoutMs: 500 }],
])('refuses a lease that leaves %s for a heartbeat beside a send: it would never send', (_what, settings) => {
  expect(() => relayWith(settings)).toThrow(/no send could begin/);
});
