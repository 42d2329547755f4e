import { describe, expect, it } from 'vitest';
import { type Figure, reached, tableOf } from './results.ts';

const figure: Figure = {
  part: 'drain',
  client: 'kafkajs',
  what: 'of the bare client, 1 broker',
  value: 0.8123,
  unit: '',
  goal: { atLeast: 0.8 },
  details: '15000 of 18500 events/s',
};

describe('a result', () => {
  it('reaches its goal from the right side', () => {
    expect(reached(figure)).toBe('reached');
    expect(reached({ value: 0.79, goal: { atLeast: 0.8 } })).toBe('not reached');
    expect(reached({ value: 12, goal: { atMost: 12 } })).toBe('reached');
    expect(reached({ value: 12.1, goal: { atMost: 12 } })).toBe('not reached');
    expect(reached({ value: 3, goal: null })).toBe('no goal');
  });

  it('reaches nothing while every round is void', () => {
    expect(reached({ value: null, goal: { atMost: 12 } })).toBe('not reached');
  });

  it('stands in a table with its machine and what is void', () => {
    const machine = { cores: 2, model: 'some', memoryGiB: 8, node: 'v26.0.0', load: 0.1 };
    const table = tableOf({ machine, figures: [figure], voided: ['drain: of 10 events 9 stand in order'] });
    expect(table).toContain('2 cores (some), 8 GiB');
    expect(table).toContain('| drain | kafkajs | of the bare client, 1 broker | 0.812 | ≥ 0.8 | reached |');
    expect(table).toContain('- drain: of 10 events 9 stand in order');
  });
});
