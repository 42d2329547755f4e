import type { Machine } from '../relay/machine.ts';
import type { PartName } from './options.ts';

export interface Figure {
  readonly part: PartName;
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly goal: { readonly atLeast: number } | { readonly atMost: number } | null;
  /** What it was taken from: absolute speeds, CPU. */
  readonly details: string;
}

export interface Results {
  readonly machine: Machine;
  readonly figures: readonly Figure[];
  /** Runs that do not count, and why. */
  readonly voided: readonly string[];
}

export function reached({ value, goal }: Pick<Figure, 'value' | 'goal'>): string {
  if (goal === null) return '';
  const holds = 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
  return holds ? 'reached' : 'not reached';
}

/** A Markdown table, with the machine above it and what is void below. */
export function tableOf({ machine, figures, voided }: Results): string {
  const { cores, model, memoryGiB, node, load } = machine;
  const rows = figures.map((figure) => {
    const { part, what, value, unit, goal, details } = figure;
    const wanted = goal === null ? '' : 'atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`;
    const shown = Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
    return `| ${[part, what, `${shown}${unit}`, wanted, reached(figure), details].join(' | ')} |`;
  });
  return [
    `${cores} cores (${model}), ${memoryGiB} GiB, Node ${node}, load before the first measurement ${load}`,
    '',
    '| part | what | value | goal | | from |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    ...(voided.length > 0 ? ['', 'Void:', ...voided.map((reason) => `- ${reason}`)] : []),
    '',
  ].join('\n');
}
