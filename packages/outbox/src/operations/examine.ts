import { wait } from '@waybill/retry';
import { findStrayLanes } from '../relay/partitions.sql.ts';
import type { Queryable } from '../relay/relay-database.ts';
import {
  readDefaultPartitionUse,
  readMissingPartitions,
  readOpenTransactions,
  readParkedCounts,
  readServerFacts,
} from './database-facts.sql.ts';
import { diagnose } from './diagnose.ts';
import type { BrokerFacts, Disk, DoctorLimits, Facts, WantedTopic } from './facts.ts';
import type { Diagnosis, Finding, Unchecked } from './finding.ts';
import { BACKLOG_CAP, readLaneBacklog } from './lane-backlog.sql.ts';
import { readLaneStates } from './lane-states.sql.ts';
import { readLiveRelays } from './live-relays.sql.ts';
import { readLogLosses } from './log-losses.sql.ts';

/** What a diagnosis needs from outside the database. */
export interface Instruments {
  readonly database: Queryable;
  /** Asks the broker for these topics. An answer like "unreachable" is a fact, not an error. */
  describeBroker(topics: readonly string[]): Promise<BrokerFacts>;
  /** Disks whose free space can be known from here, and those that cannot. */
  readDisks(
    dataDirectory: string | null,
    topics: readonly string[],
  ): Promise<{ disks: readonly Disk[]; unchecked: readonly Unchecked[] }>;
  /** This host's clock, in ms since 1970. */
  now(): number;
}

/**
 * How long lanes that nobody holds are given to find an owner, in ms: relays see each other come and go by heartbeats
 * of a second.
 */
const settlingMs = 3_000;

const standby: Finding = {
  cause: 'DATABASE_STANDBY',
  subject: 'database',
  what: 'The database is in recovery: a standby, or a failover that is under way. Relays wait.',
  remedy: 'Promote it, or point the services at the primary.',
};

/**
 * Looks at everything and says what is wrong. Changes nothing.
 *
 * @param wanted the topics' settings as they should be
 * @throws what the database throws when it does not answer
 */
export async function examine(
  instruments: Instruments,
  wanted: readonly WantedTopic[],
  limits: DoctorLimits,
  signal: AbortSignal,
): Promise<Diagnosis> {
  const { database } = instruments;
  const askedAt = instruments.now();
  const server = await readServerFacts(database);
  const answeredAt = instruments.now();
  if (server.isStandby) return { findings: [standby], unchecked: [] };
  const middle = (askedAt + answeredAt) / 2;
  const clock = { aheadMs: middle - server.now.getTime(), withinMs: (answeredAt - askedAt) / 2 };

  let lanes = await readLaneStates(database);
  const topics = [...new Set(lanes.map(({ topic }) => topic))];
  const broker = await instruments.describeBroker(topics);
  let relays = await readLiveRelays(database);
  if (relays.length > 0 && lanes.some(({ owner }) => owner === null)) {
    await wait(settlingMs, signal);
    lanes = await readLaneStates(database);
    relays = await readLiveRelays(database);
  }
  const { disks, unchecked } = await instruments.readDisks(server.dataDirectory, topics);
  const facts: Facts = {
    broker,
    lanes,
    relays,
    disks,
    clock,
    backlog: await readLaneBacklog(database, BACKLOG_CAP),
    logLosses: await readLogLosses(database),
    strayLanes: await findStrayLanes(database),
    parked: await readParkedCounts(database, BACKLOG_CAP),
    openTransactions: await readOpenTransactions(database, limits.transactionMs),
    missingPartitions: await readMissingPartitions(database, limits.daysAhead),
    defaultPartitions: await readDefaultPartitionUse(database),
  };
  return {
    findings: diagnose(facts, wanted, limits),
    unchecked: [...unchecked, ...uncheckedBy(facts, wanted)],
  };
}

function uncheckedBy({ openTransactions, broker }: Facts, wanted: readonly WantedTopic[]): Unchecked[] {
  const unchecked: Unchecked[] = [];
  if (!openTransactions.seesAll) {
    unchecked.push({
      check: 'long transactions of others',
      why: 'the schema’s owner is no member of pg_read_all_stats',
    });
  }
  if (broker.state !== 'answers') return unchecked;
  for (const { name } of wanted) {
    const topic = broker.topics.get(name);
    if (topic?.state === 'present' && topic.config === undefined) {
      unchecked.push({ check: `the configuration of ${name}`, why: 'Kafka does not let us see it' });
    }
  }
  return unchecked;
}
