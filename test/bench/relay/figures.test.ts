import { describe, expect, it } from 'vitest';
import { drainFigures, heldFigures, latencyFigures } from './figures.ts';
import type { LatencyRound } from './parts/latency.ts';

describe('latency', () => {
  const at200 = { perSecond: 200, doorbell: 'rung' } as const;
  const rounds: readonly LatencyRound[] = [
    { ...at200, client: 'kafkajs', state: 'valid', p50: 2, p99: 9, max: 20 },
    { ...at200, client: 'kafkajs', state: 'valid', p50: 3, p99: 8, max: 50 },
    { ...at200, client: 'kafkajs', state: 'valid', p50: 2.25, p99: 30, max: 40 },
    { ...at200, client: 'kafkajs', state: 'void', reason: 'lost' },
    { ...at200, client: 'platformatic', state: 'valid', p50: 1, p99: 5, max: 6 },
    { ...at200, doorbell: 'silent', client: 'kafkajs', state: 'valid', p50: 17, p99: 31, max: 33 },
  ];
  const figures = latencyFigures(rounds, ['kafkajs', 'platformatic']);
  const figure = (client: string, what: string) =>
    figures.find((one) => one.client === client && one.what === `commit to acknowledgement, ${what}`);

  it('is the median of the rounds of one client and stream, without the void ones', () => {
    expect(figure('kafkajs', '200 events/s, doorbell, p50')).toMatchObject({
      value: 2.25,
      goal: { atMost: 2.5 },
      details: 'median of 3 rounds: 2.00 to 3.00; slowest event 50 ms',
    });
    expect(figure('kafkajs', '200 events/s, doorbell, p99')).toMatchObject({
      value: 9,
      goal: { atMost: 12 },
    });
    expect(figure('platformatic', '200 events/s, doorbell, p50')?.value).toBe(1);
  });

  it('has no goal where the doorbell is silent', () => {
    expect(figure('kafkajs', '200 events/s, polling only, p99')).toMatchObject({ value: 31, goal: null });
  });

  it('is not there, and tells nothing, when no round counts', () => {
    expect(figure('platformatic', '500 events/s, doorbell, p99')).toMatchObject({
      value: null,
      goal: { atMost: 50 },
      details: '',
    });
  });
});

it('what a held transaction costs is what is missing of the speed, and what is added to the CPU', () => {
  const figures = heldFigures(
    [
      { state: 'valid', ratio: 0.75, cpuRatio: 1.25 },
      { state: 'void', reason: 'lost' },
    ],
    'kafkajs',
  );
  expect(figures.map(({ value }) => value)).toEqual([25, 25]);
});

it('a drain without a round that counts has no figures', () => {
  const figures = drainFigures([{ state: 'void', reason: 'lost' }], 'kafkajs', 1);
  expect(figures.map(({ value }) => value)).toEqual([null, null, null]);
});
