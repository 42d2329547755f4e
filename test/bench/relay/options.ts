import { parseArgs } from 'node:util';

export const partNames = ['drain', 'cursor', 'held', 'latency', 'outage', 'idle', 'memory', 'peers'] as const;
/** `peers` installs what it measures first, so it wants to be asked for. */
const defaultParts = partNames.filter((name) => name !== 'peers');
export type PartName = (typeof partNames)[number];

export const clientNames = ['kafkajs', 'platformatic'] as const;
export type ClientName = (typeof clientNames)[number];

/** What to measure, and how much of it. Durations in seconds. */
export interface BenchOptions {
  readonly parts: readonly PartName[];
  readonly clients: readonly ClientName[];
  /** Sizes of the clusters that `drain` runs on. */
  readonly brokers: readonly (1 | 3)[];
  readonly rounds: number;
  /** Rows of a drain. */
  readonly events: number;
  /** Bytes of an event's payload; key and headers come on top. */
  readonly payloadBytes: number;
  readonly rowsPerTransaction: number;
  /** Of one steady stream. */
  readonly latencySeconds: number;
  readonly outageSeconds: number;
  readonly idleSeconds: number;
  /** Rows of the backlog that the relay's memory is looked at with. */
  readonly backlog: number;
  readonly json: boolean;
}

export const help = `npm run bench:relay -- [options]

Measures the relay on servers of its own: PostgreSQL with fsync, Kafka, Redis. Progress goes to stderr, the table to
stdout. Figures are medians over interleaved rounds, but for outage and memory, which tell the worst. A round that lost,
repeated or reordered an event is void.

  --only <parts>     ${partNames.join(', ')} (comma-separated;
                     default all but peers, which installs other relays from the npm registry)
  --clients <names>  ${clientNames.join(', ')} (default: kafkajs)
  --brokers <sizes>  1, 3 (default: 1,3; drain alone uses more than one broker)
  --rounds <n>       default 5
  --events <n>       rows of a drain, default 500000
  --payload <bytes>  of an event, default 500
  --transaction <n>  rows per transaction of the load, default 1
  --latency <s>      length of a steady stream in a round, default 20
  --outage <s>       default 20
  --idle <s>         default 60
  --backlog <n>      rows, default 1000000
  --quick            about 5 minutes for everything: 2 rounds of 40000 events, short streams; the figures are rough
  --json             the results as JSON on stdout
  --help
`;

const full = {
  rounds: 5,
  events: 500_000,
  latency: 20,
  outage: 20,
  idle: 60,
  backlog: 1_000_000,
};
const quick: typeof full = {
  rounds: 2,
  events: 40_000,
  latency: 4,
  outage: 6,
  idle: 8,
  backlog: 60_000,
};

/** @throws RangeError naming the option that is wrong; what parseArgs throws for one that does not exist */
export function parseOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: defaultParts.join(',') },
      clients: { type: 'string', default: 'kafkajs' },
      brokers: { type: 'string', default: '1,3' },
      rounds: { type: 'string' },
      events: { type: 'string' },
      payload: { type: 'string', default: '500' },
      transaction: { type: 'string', default: '1' },
      latency: { type: 'string' },
      outage: { type: 'string' },
      idle: { type: 'string' },
      backlog: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const size = values.quick ? quick : full;
  const amount = (name: keyof typeof full): number => count(name, values[name] ?? String(size[name]));
  return {
    parts: namesFrom('only', values.only, partNames),
    clients: namesFrom('clients', values.clients, clientNames),
    brokers: namesFrom('brokers', values.brokers, ['1', '3']).map((size) => (size === '1' ? 1 : 3)),
    rounds: amount('rounds'),
    events: amount('events'),
    payloadBytes: count('payload', values.payload, 150),
    rowsPerTransaction: count('transaction', values.transaction),
    latencySeconds: amount('latency'),
    outageSeconds: amount('outage'),
    idleSeconds: amount('idle'),
    backlog: amount('backlog'),
    json: values.json,
  };
}

function count(option: string, text: string, least = 1): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`--${option} is a whole number from ${least}, not ${text}`);
  }
  return value;
}

function namesFrom<Name extends string>(option: string, text: string, known: readonly Name[]): Name[] {
  return text.split(',').map((part) => {
    const name = known.find((candidate) => candidate === part.trim());
    if (name === undefined) throw new RangeError(`--${option} is of ${known.join(', ')}, not ${part}`);
    return name;
  });
}
