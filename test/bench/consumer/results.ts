import type { Machine } from '../relay/machine.ts';
import { type Goal, reached } from '../relay/results.ts';
import { median } from '../relay/statistics.ts';
import { type ConsumerSpeed, growth } from './speed.ts';

/** One round: all three, one after another. */
export interface Round {
  readonly kit: ConsumerSpeed;
  /** Events per second of the bare client that only counts. */
  readonly bare: number;
  /** Events per second of one transaction per message. */
  readonly single: number;
}

export interface Results {
  readonly machine: Machine;
  readonly events: number;
  readonly rounds: readonly Round[];
}

interface Figure {
  readonly what: string;
  /** Null when there were too few samples. */
  readonly value: number | null;
  readonly goal: Goal | null;
  /** What it was taken from. */
  readonly details: string;
}

/** Ratios are medians of rounds; a speed-up is within a round, so that what else the machine does falls on both. */
export function figuresOf({ rounds }: Pick<Results, 'rounds'>): readonly Figure[] {
  const speeds = (of: (round: Round) => number) => `${median(rounds.map(of)).toFixed(0)}`;
  const against = (other: 'bare' | 'single') => ({
    value: median(rounds.map((round) => round.kit.eventsPerSecond / round[other])),
    details: `${speeds(({ kit }) => kit.eventsPerSecond)} of ${speeds((round) => round[other])} events/s`,
  });
  const growths = rounds.flatMap(({ kit }) => growth(kit.memoryMegabytes) ?? []);
  const most = Math.max(...rounds.flatMap(({ kit }) => kit.memoryMegabytes));
  return [
    { what: 'of the bare client, which only counts', ...against('bare'), goal: null },
    { what: 'of one transaction per message', ...against('single'), goal: { atLeast: 5 } },
    {
      what: 'memory, most in the second half of the events against most in the first (flat is 1)',
      value: growths.length === 0 ? null : median(growths),
      // The collector's own rhythm; what is kept per event would double it from one half to the other.
      goal: { atMost: 1.1 },
      details: growths.length === 0 ? 'too few samples' : `at most ${most} MB resident`,
    },
  ];
}

/** A Markdown table, with the machine above it. */
export function tableOf(results: Results): string {
  const { machine, events, rounds } = results;
  const { cores, model, memoryGiB, node, load } = machine;
  const rows = figuresOf(results).map(({ what, value, goal, details }) => {
    const wanted = goal === null ? '' : 'atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`;
    const verdict = goal === null ? '' : reached({ value, goal });
    return `| ${[what, value === null ? 'void' : value.toFixed(2), wanted, verdict, details].join(' | ')} |`;
  });
  return [
    `${cores} cores (${model}), ${memoryGiB} GiB, Node ${node}, load before the first measurement ${load}`,
    `${events} events, ${rounds.length} rounds`,
    '',
    '| what | value | goal | | from |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
