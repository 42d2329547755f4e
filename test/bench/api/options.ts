import { parseArgs } from 'node:util';

export const partNames = ['throughput', 'hot', 'size'] as const;
export type PartName = (typeof partNames)[number];

export interface BenchOptions {
  readonly parts: readonly PartName[];
  readonly rounds: number;
  /** Of one run of one contestant. */
  readonly seconds: number;
  readonly connections: number;
  /** Orders that the tables hold before `size` measures, ascending. */
  readonly sizes: readonly number[];
  readonly json: boolean;
}

export const help = `npm run bench:api -- [options]

Measures the order API over HTTP on a PostgreSQL of its own that waits for the disk at each commit. Contestants take
turns in every round: (a) pgbench with the statements that (b) logged, one order per transaction; (b) the API with
group commit off; (c) the API. The load is a process of its own. Progress goes to stderr, the table to stdout. Ratios
are medians over rounds. A round with an answer that is no success is void.

  --only <parts>     ${partNames.join(', ')} (comma-separated; default all)
  --rounds <n>       default 5
  --seconds <n>      of one run, default 8
  --connections <n>  default 64
  --sizes <orders>   default 1000,100000,1000000
  --quick            about 2 minutes: 2 rounds of 3 seconds, sizes 1000,100000; the figures are rough
  --json             the results as JSON on stdout
  --help
`;

/** @throws RangeError naming the option that is wrong; what parseArgs throws for one that does not exist */
export function parseOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: partNames.join(',') },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      connections: { type: 'string', default: '64' },
      sizes: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const { quick } = values;
  return {
    parts: values.only.split(',').map((text) => {
      const part = partNames.find((name) => name === text.trim());
      if (part === undefined) throw new RangeError(`--only is of ${partNames.join(', ')}, not ${text}`);
      return part;
    }),
    rounds: count('rounds', values.rounds ?? (quick ? '2' : '5')),
    seconds: count('seconds', values.seconds ?? (quick ? '3' : '8')),
    connections: count('connections', values.connections),
    sizes: (values.sizes ?? (quick ? '1000,100000' : '1000,100000,1000000'))
      .split(',')
      .map((text) => count('sizes', text)),
    json: values.json,
  };
}

function count(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`--${option} is a whole number from 1, not ${text}`);
  }
  return value;
}
