import type { Machine } from './machine.ts';
import type { ClientName, PartName } from './options.ts';

/** One figure, as it stands in the table and in the JSON. */
export interface Figure {
  readonly part: PartName;
  readonly client: ClientName | null;
  readonly what: string;
  /** Null when every round of it was void. */
  readonly value: number | null;
  readonly unit: string;
  readonly goal: Goal | null;
  /** What it was taken from: absolute speeds, counts. */
  readonly details: string;
}

export type Goal = { readonly atLeast: number } | { readonly atMost: number };

export interface Results {
  readonly machine: Machine;
  readonly figures: readonly Figure[];
  /** Rounds that do not count, and why. */
  readonly voided: readonly string[];
}

export type Reached = 'reached' | 'not reached' | 'no goal';

export function reached({ value, goal }: Pick<Figure, 'value' | 'goal'>): Reached {
  if (goal === null) return 'no goal';
  if (value === null) return 'not reached';
  const holds = 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
  return holds ? 'reached' : 'not reached';
}

/** A Markdown table, with the machine above it and what is void below. */
export function tableOf({ machine, figures, voided }: Results): string {
  const { cores, model, memoryGiB, node, load } = machine;
  const lines = [
    `${cores} cores (${model}), ${memoryGiB} GiB, Node ${node}, load before the first measurement ${load}`,
    '',
    '| part | client | what | value | goal | | from |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...figures.map((figure) => {
      const { part, client, what, value, unit, goal, details } = figure;
      const cells = [
        part,
        client ?? '',
        what,
        value === null ? 'void' : `${rounded(value)}${unit}`,
        goal === null ? '' : `${'atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`}${unit}`,
        goal === null ? '' : reached(figure),
        details,
      ];
      return `| ${cells.join(' | ')} |`;
    }),
  ];
  if (voided.length > 0) lines.push('', 'Void rounds:', ...voided.map((reason) => `- ${reason}`));
  return `${lines.join('\n')}\n`;
}

/** Three digits that count. */
function rounded(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
