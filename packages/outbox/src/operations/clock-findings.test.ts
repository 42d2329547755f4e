import { describe, expect, it } from 'vitest';
import { causesOf, diagnosed, present, relay, topics, waiting } from './diagnosed.fixture.ts';
import type { LiveRelay } from './live-relays.sql.ts';

const hour = 3_600_000;

const withClock = (clockAheadMs: number, code: string): LiveRelay => ({
  ...relay,
  clockAheadMs,
  backingOff: [waiting(1, 'protocol', code)],
});

describe('a clock that is off', () => {
  it.each([
    [5_001, 0, ['CLOCK_SKEW this host']],
    [-5_001, 0, ['CLOCK_SKEW this host']],
    [5_001, 10, []],
  ])('is seen as exactly as it can be read: %d ms ± %d', (aheadMs, withinMs, expected) => {
    expect(causesOf({ clock: { aheadMs, withinMs } })).toEqual(expected);
  });

  const refused = 'LANE_BACKING_OFF placed';
  const skew = 'CLOCK_SKEW one';
  it.each<[number, string[], { after?: number; before?: number }]>([
    [2 * hour, [skew], {}],
    // Kafka's own clock is only known to be about the database's.
    [hour - 4_000, [skew], {}],
    [6_000, [refused, skew], {}],
    [-2 * hour, [refused, skew], {}],
    [3, [refused], {}],
    [6_000, [skew], { after: 1_000 }],
    [3, [refused], { after: 1_000 }],
    [2 * hour, [refused, skew], { after: 24 * hour }],
    [-2 * hour, [skew], { before: hour }],
  ])(
    'explains that Kafka refuses a relay’s events only beyond what the topic takes: %d ms ahead, %j %j',
    (aheadMs, expected, { after, before }) => {
      const config = {
        ...present.config,
        ...(after !== undefined && { 'message.timestamp.after.max.ms': `${after}` }),
        ...(before !== undefined && { 'message.timestamp.before.max.ms': `${before}` }),
      };
      const relays = [withClock(aheadMs, 'INVALID_TIMESTAMP')];
      expect(causesOf({ relays, broker: topics({ ...present, config }) })).toEqual(expected);
    },
  );

  it('explains no other refusal', () => {
    expect(causesOf({ relays: [withClock(2 * hour, 'CORRUPT_MESSAGE')] })).toEqual([refused, skew]);
  });

  it('is said once for each host, with what Kafka refuses for it', () => {
    const finding = { cause: 'CLOCK_SKEW', subject: 'one' };
    const what = 'The clock of the relay on one is 7200.0 s ahead of the database’s.';
    const idle: LiveRelay = { ...relay, relayId: 'idle', clockAheadMs: 2 * hour };
    expect(diagnosed({ relays: [idle] })).toEqual([
      {
        ...finding,
        what,
        remedy: 'Nothing is decided by these clocks, but times are misread: let the host keep time by NTP.',
      },
    ]);
    expect(diagnosed({ relays: [idle, withClock(2 * hour, 'INVALID_TIMESTAMP')] })).toEqual([
      {
        ...finding,
        what: `${what} Kafka refuses its events for that (INVALID_TIMESTAMP).`,
        remedy: 'Let the host keep time by NTP; the relay goes on by itself.',
      },
    ]);
  });
});
