import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.ts';

describe('the options of the bench', () => {
  it('measure everything but the peers by default, in five rounds of half a million events', () => {
    expect(parseOptions([])).toMatchObject({
      parts: ['drain', 'cursor', 'held', 'latency', 'outage', 'idle', 'memory'],
      clients: ['kafkajs'],
      brokers: [1, 3],
      rounds: 5,
      events: 500_000,
    });
  });

  it('are smaller with --quick, and each can still be said', () => {
    expect(parseOptions(['--quick', '--rounds', '3', '--only', 'drain,held'])).toMatchObject({
      parts: ['drain', 'held'],
      rounds: 3,
      events: 40_000,
    });
  });

  it('are refused where they name nothing or no number', () => {
    expect(() => parseOptions(['--only', 'drains'])).toThrow(/--only is of drain, cursor/);
    expect(() => parseOptions(['--rounds', '0'])).toThrow(/--rounds is a whole number from 1/);
    expect(() => parseOptions(['--payload', '20'])).toThrow(/from 150/);
  });
});
