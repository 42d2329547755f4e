import type { ClientName } from './options.ts';
import { type CursorRound, places } from './parts/cursor-read.ts';
import type { DrainRound } from './parts/drain.ts';
import type { HeldRound } from './parts/held-transaction.ts';
import { type LatencyRound, streams } from './parts/latency.ts';
import { outageKinds, type OutageRound } from './parts/outage.ts';
import { peerNames, type PeerRound } from './parts/peers.ts';
import type { IdleRound, MemoryRound } from './parts/resources.ts';
import type { Figure, Goal } from './results.ts';
import { median } from './statistics.ts';
import type { Way } from './steady-stream.ts';
import { medianOf, validOf, worstOf } from './summaries.ts';

/** What the rounds of a part come to: medians, with the goals of the project. */

export function drainFigures(
  rounds: readonly DrainRound[],
  clients: readonly ClientName[],
  size: number,
): Figure[] {
  return clients.flatMap((client) => drainFiguresOf(rounds, client, size));
}

function drainFiguresOf(rounds: readonly DrainRound[], client: ClientName, size: number): Figure[] {
  const valid = validOf(rounds, client);
  const of = (pick: (round: (typeof valid)[number]) => number): number | null =>
    valid.length === 0 ? null : median(valid.map(pick));
  const shares = medianOf(valid.map(({ ratio }) => ratio));
  const brokers = size === 1 ? '1 broker' : `${size} brokers`;
  const common = { part: 'drain', client } as const;
  const released = valid.flatMap((round) =>
    round.released === null
      ? []
      : [{ ratio: round.relay.eventsPerSecond / round.released.eventsPerSecond, speed: round.released }],
  );
  const asReleased: Figure = {
    ...common,
    what: `share of kafkajs as released, ${brokers}`,
    value: released.length === 0 ? null : median(released.map(({ ratio }) => ratio)),
    unit: '',
    goal: null,
    details: `without the project’s patch: ${digits(released.length === 0 ? null : median(released.map(({ speed }) => speed.eventsPerSecond)))} events/s`,
  };
  return [
    ...(released.length === 0 ? [] : [asReleased]),
    {
      ...common,
      what: `share of the bare client, ${brokers}`,
      value: shares.value,
      unit: '',
      goal: { atLeast: 0.8 },
      details: `${shares.details}; ${digits(of(({ relay }) => relay.eventsPerSecond))} of ${digits(of(({ bare }) => bare.eventsPerSecond))} events/s`,
    },
    {
      ...common,
      what: `CPU of the relay, ${brokers}`,
      value: of(({ relay }) => relay.clientCpu),
      unit: ' µs/event',
      goal: null,
      details: `the bare client: ${digits(of(({ bare }) => bare.clientCpu))}`,
    },
    {
      ...common,
      what: `CPU of PostgreSQL, ${brokers}`,
      value: of(({ relay }) => relay.postgresCpu),
      unit: ' µs/event',
      goal: null,
      details: 'the load apart',
    },
  ];
}

export function cursorFigures(rounds: readonly CursorRound[]): Figure[] {
  return places.map((place): Figure => {
    const here = rounds.filter((round) => round.place === place);
    const of = (pick: (round: CursorRound) => number): number => median(here.map(pick));
    return {
      part: 'cursor',
      client: null,
      what: `times a SKIP LOCKED poller, rows in ${place}, without Kafka`,
      value: of(({ ratio }) => ratio),
      unit: '',
      goal: { atLeast: 5 },
      details: `median of ${here.length} rounds: ${digits(of(({ cursor }) => cursor))} against ${digits(of(({ poller }) => poller))} events/s`,
    };
  });
}

export function heldFigures(rounds: readonly HeldRound[], clients: readonly ClientName[]): Figure[] {
  return clients.flatMap((client): Figure[] => {
    const valid = validOf(rounds, client);
    const common = { part: 'held', client, unit: ' %' } as const;
    return [
      {
        ...common,
        what: 'cost of a transaction held open',
        goal: { atMost: 5 },
        ...medianOf(valid.map(({ ratio }) => (1 - ratio) * 100)),
      },
      {
        ...common,
        what: 'the same in CPU of the relay and PostgreSQL',
        goal: null,
        ...medianOf(valid.map(({ cpuRatio }) => (cpuRatio - 1) * 100)),
      },
    ];
  });
}

const latencyGoals: Readonly<Record<number, { readonly p50: Goal | null; readonly p99: Goal }>> = {
  200: { p50: { atMost: 2.5 }, p99: { atMost: 12 } },
  500: { p50: null, p99: { atMost: 50 } },
};

const ways: Readonly<Record<Way, string>> = {
  doorbell: 'doorbell',
  polling: 'polling only',
  direct: 'sent by the writer, no relay',
};

/** Medians of the rounds' percentiles: one over all rounds would be that of the worst of them. */
export function latencyFigures(rounds: readonly LatencyRound[], clients: readonly ClientName[]): Figure[] {
  return clients.flatMap((client) =>
    streams.flatMap(({ perSecond, way }) => {
      const here = rounds.filter(
        (round) => round.client === client && round.perSecond === perSecond && round.way === way,
      );
      const valid = here.filter((round) => round.state === 'valid');
      const slowest =
        valid.length === 0 ? '' : `; slowest event ${Math.max(...valid.map(({ max }) => max)).toFixed(0)} ms`;
      return (['p50', 'p99'] as const).map((which): Figure => {
        const { value, details } = medianOf(valid.map((round) => round[which]));
        return {
          part: 'latency',
          client,
          what: `commit to acknowledgement, ${perSecond} events/s, ${ways[way]}, ${which}`,
          value,
          unit: ' ms',
          // Without the doorbell the poll's pause counts; the goals are for the product as it runs.
          goal: (way === 'doorbell' ? latencyGoals[perSecond]?.[which] : null) ?? null,
          details: `${details}${slowest}`,
        };
      });
    }),
  );
}

/** The worst of the rounds: whoever waits for the end of an outage waits for this one. */
export function outageFigures(rounds: readonly OutageRound[], clients: readonly ClientName[]): Figure[] {
  return clients.flatMap((client) =>
    outageKinds.flatMap((how): Figure[] => {
      const valid = validOf(rounds, client).filter((round) => round.how === how);
      const common = { part: 'outage', client, unit: ' ms' } as const;
      const most = Math.max(0, ...valid.map(({ backlog }) => backlog));
      const repeated = Math.max(0, ...valid.map((round) => round.repeated));
      const waited = valid.length === 0 ? '' : `; up to ${most} events waited, ${repeated} came twice`;
      const figure = (what: string, goalMs: number, values: readonly number[]): Figure => {
        const { value, details } = worstOf(values);
        const goal = { atMost: goalMs };
        return { ...common, what: `${what} of a ${how} broker`, value, goal, details: `${details}${waited}` };
      };
      return [
        figure(
          'first event after the return',
          1_000,
          valid.map(({ firstMs }) => firstMs),
        ),
        figure(
          'whole backlog after the return',
          3_000,
          valid.map(({ backlogMs }) => backlogMs),
        ),
      ];
    }),
  );
}

export function idleFigures(rounds: readonly IdleRound[], clients: readonly ClientName[]): Figure[] {
  return clients.map((client): Figure => {
    const here = rounds.filter((round) => round.client === client);
    const { value, details } = medianOf(here.map(({ relayPercent }) => relayPercent));
    const postgres = median(here.map(({ postgresPercent }) => postgresPercent));
    return {
      part: 'idle',
      client,
      what: 'CPU of an idle relay',
      value,
      unit: ' %',
      goal: { atMost: 1 },
      details: `of one core, ${details}; PostgreSQL ${postgres.toFixed(2)} %`,
    };
  });
}

/** The most of all rounds: a limit of a container's memory asks for nothing less. */
export function memoryFigures(rounds: readonly MemoryRound[], clients: readonly ClientName[]): Figure[] {
  return clients.flatMap((client): Figure[] => {
    const valid = validOf(rounds, client);
    const common = { part: 'memory', client, unit: ' MB', goal: { atMost: 200 } } as const;
    return [
      {
        ...common,
        what: 'most resident while draining',
        ...worstOf(valid.map(({ drainingMegabytes }) => drainingMegabytes)),
      },
      {
        ...common,
        what: 'most resident while the broker is away',
        ...worstOf(valid.map(({ brokerAwayMegabytes }) => brokerAwayMegabytes)),
      },
    ];
  });
}

export function peerFigures(rounds: readonly PeerRound[]): Figure[] {
  const valid = rounds.filter((round) => round.state === 'valid');
  return peerNames.map((peer) => {
    const runs = valid.flatMap(({ relay, peers }) =>
      peers.filter((run) => run.peer === peer).map((run) => ({ relay, run })),
    );
    const of = (pick: (pair: (typeof runs)[number]) => number): number | null =>
      runs.length === 0 ? null : median(runs.map(pick));
    const early = runs.reduce((sum, { run }) => sum + run.found.early, 0);
    return {
      part: 'peers',
      client: 'kafkajs',
      what: `times ${peer}, 1 broker`,
      value: of(({ relay, run }) => relay.eventsPerSecond / run.eventsPerSecond),
      unit: '',
      goal: { atLeast: 2 },
      details:
        `${digits(of(({ relay }) => relay.eventsPerSecond))} against ${digits(of(({ run }) => run.eventsPerSecond))} events/s; ` +
        `its CPU ${digits(of(({ run }) => run.clientCpu))} µs, PostgreSQL’s ${digits(of(({ run }) => run.postgresCpu))} µs; ${early} events before one that precedes them`,
    };
  });
}

function digits(value: number | null): string {
  return value === null ? '–' : value.toFixed(value >= 100 ? 0 : 1);
}
