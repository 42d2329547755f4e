import { describe, expect, it } from 'vitest';
import {
  drainFigures,
  heldFigures,
  idleFigures,
  latencyFigures,
  memoryFigures,
  outageFigures,
} from './figures.ts';
import type { LatencyRound } from './parts/latency.ts';
import { reached } from './results.ts';

describe('latency', () => {
  const at200 = { perSecond: 200, way: 'doorbell' } as const;
  const rounds: readonly LatencyRound[] = [
    { ...at200, client: 'kafkajs', state: 'valid', p50: 2, p99: 9, max: 20 },
    { ...at200, client: 'kafkajs', state: 'valid', p50: 3, p99: 8, max: 50 },
    { ...at200, client: 'kafkajs', state: 'valid', p50: 2.25, p99: 30, max: 40 },
    { ...at200, client: 'kafkajs', state: 'void', reason: 'lost' },
    { ...at200, client: 'platformatic', state: 'valid', p50: 1, p99: 5, max: 6 },
    { ...at200, way: 'polling', client: 'kafkajs', state: 'valid', p50: 17, p99: 31, max: 33 },
    { ...at200, way: 'direct', client: 'kafkajs', state: 'valid', p50: 1.5, p99: 4, max: 5 },
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

  it('has no goal where the doorbell is silent, or no relay there', () => {
    expect(figure('kafkajs', '200 events/s, polling only, p99')).toMatchObject({ value: 31, goal: null });
    expect(figure('kafkajs', '200 events/s, sent by the writer, no relay, p50')).toMatchObject({
      value: 1.5,
      goal: null,
    });
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
      { client: 'kafkajs', state: 'valid', ratio: 0.75, cpuRatio: 1.25 },
      { client: 'kafkajs', state: 'void', reason: 'lost' },
      { client: 'platformatic', state: 'valid', ratio: 1, cpuRatio: 1 },
    ],
    ['kafkajs', 'platformatic'],
  );
  expect(figures.map(({ value }) => value)).toEqual([25, 25, 0, 0]);
});

describe('an outage', () => {
  const kafkajs = { client: 'kafkajs', state: 'valid' } as const;
  const figures = outageFigures(
    [
      { ...kafkajs, how: 'frozen', firstMs: 10, backlogMs: 900, backlog: 4_000, repeated: 8 },
      { ...kafkajs, how: 'frozen', firstMs: 40, backlogMs: 200, backlog: 4_100, repeated: 0 },
      { ...kafkajs, how: 'killed', firstMs: 1_500, backlogMs: 2_000, backlog: 5_000, repeated: 0 },
      { client: 'platformatic', how: 'frozen', state: 'void', reason: 'lost' },
    ],
    ['kafkajs', 'platformatic'],
  );

  it('is told by its worst round, by client and by how the broker went', () => {
    expect(figures.map(({ value }) => value)).toEqual([40, 900, 1_500, 2_000, null, null, null, null]);
    expect(figures.slice(0, 3).map(reached)).toEqual(['reached', 'reached', 'not reached']);
  });

  it('says how many waited and came twice', () => {
    expect(figures[1]?.details).toBe(
      'worst of 2 rounds: 200.00 to 900.00; up to 4100 events waited, 8 came twice',
    );
  });
});

it('memory is the most that any round needed', () => {
  const figures = memoryFigures(
    [
      { client: 'kafkajs', state: 'valid', drainingMegabytes: 190, brokerAwayMegabytes: 130 },
      { client: 'kafkajs', state: 'valid', drainingMegabytes: 201, brokerAwayMegabytes: 120 },
    ],
    ['kafkajs'],
  );
  expect(figures.map(({ value }) => value)).toEqual([201, 130]);
  expect(figures.map(reached)).toEqual(['not reached', 'reached']);
});

it('an idle relay is told by the median of its rounds', () => {
  const rounds = [0.5, 2, 0.6].map((relayPercent) => ({
    client: 'kafkajs' as const,
    relayPercent,
    postgresPercent: 0.1,
  }));
  expect(idleFigures(rounds, ['kafkajs'])).toMatchObject([
    { value: 0.6, details: 'of one core, median of 3 rounds: 0.50 to 2.00; PostgreSQL 0.10 %' },
  ]);
});

it('a drain without a round that counts has no figures', () => {
  const figures = drainFigures([{ client: 'kafkajs', state: 'void', reason: 'lost' }], ['kafkajs'], 1);
  expect(figures.map(({ value }) => value)).toEqual([null, null, null]);
});
