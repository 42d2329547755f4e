import type {
  DefaultPartitionUse,
  MissingPartition,
  OpenTransactions,
  ParkedCount,
} from './database-facts.sql.ts';
import type { LaneBacklog } from './lane-backlog.sql.ts';
import type { LaneState } from './lane-states.sql.ts';
import type { LiveRelay } from './live-relays.sql.ts';
import type { LogLoss } from './log-losses.sql.ts';

/** What the broker tells of a topic; the adapter of the broker's client says it in these words. */
export type BrokerTopic =
  | {
      readonly state: 'present';
      readonly partitions: number;
      readonly leaderless: readonly number[];
      /** Undefined when the asker may not see it. */
      readonly config: Readonly<Record<string, string>> | undefined;
    }
  | { readonly state: 'missing' }
  | { readonly state: 'not authorized'; readonly code: string }
  | { readonly state: 'unknown'; readonly code: string };

/** What was found out about the broker. */
export type BrokerFacts =
  | { readonly state: 'answers'; readonly topics: ReadonlyMap<string, BrokerTopic> }
  | { readonly state: 'unreachable'; readonly place: string; readonly code: string }
  | { readonly state: 'refuses'; readonly place: string; readonly code: string };

/** A disk whose free space is known. */
export interface Disk {
  /** `the database's disk`, for example. */
  readonly name: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** Everything that a diagnosis is made of, as it was found. */
export interface Facts {
  readonly broker: BrokerFacts;
  readonly lanes: readonly LaneState[];
  readonly backlog: readonly LaneBacklog[];
  readonly relays: readonly LiveRelay[];
  readonly logLosses: readonly LogLoss[];
  readonly strayLanes: readonly number[];
  readonly parked: readonly ParkedCount[];
  readonly openTransactions: OpenTransactions;
  readonly missingPartitions: readonly MissingPartition[];
  readonly defaultPartitions: readonly DefaultPartitionUse[];
  readonly disks: readonly Disk[];
  /** How far this host's clock is ahead of the database's, in ms, and how exactly that is known. */
  readonly clock: { readonly aheadMs: number; readonly withinMs: number };
}

/** Topics as they should be, beside what `outbox_lane` says of their partitions. */
export interface WantedTopic {
  readonly name: string;
  /** By the broker's names and spellings. */
  readonly config: Readonly<Record<string, string>>;
}

/** From where on something is wrong. */
export interface DoctorLimits {
  readonly transactionMs: number;
  readonly clockSkewMs: number;
  /** Days beside today that must have partitions. */
  readonly daysAhead: number;
  /** Free space below either is too little. */
  readonly freeBytes: number;
  readonly freeShare: number;
  /** How long an event may wait. */
  readonly pendingMs: number;
}

export const defaultDoctorLimits: DoctorLimits = {
  transactionMs: 600_000,
  clockSkewMs: 5_000,
  daysAhead: 2,
  freeBytes: 1_073_741_824,
  freeShare: 0.05,
  pendingMs: 30_000,
};
