import type { BackoffPolicy } from '@waybill/retry';
import type { ReadLimits } from './read-batch.sql.ts';

/** All durations in ms. */
export interface RelaySettings {
  /** This process, as a UUID: the owner of its lanes. */
  readonly relayId: string;
  /** Shown to operators. */
  readonly host: string;
  /** How long the lanes of a relay that died stay its own. */
  readonly leaseMs: number;
  /** At most; shortened where the lease leaves less room beside a send. */
  readonly heartbeatMs: number;
  /** How much earlier than in the database the lease ends by this relay's clock. */
  readonly leaseMarginMs: number;
  /** The longest that the publisher waits for an answer; at most half the lease. */
  readonly sendTimeoutMs: number;
  /**
   * Of a lane's batch. Twice as much is under way of each lane, in several forms, and is what the relay's memory grows by.
   * Of events that turn out longer than most, a read may bring twice the bytes once in a while.
   */
  readonly limits: ReadLimits;
  /** How soon a read of all lanes that found something is followed by another; rings have lanes read besides. */
  readonly pollMinMs: number;
  /** How far that stretches while nothing is found. */
  readonly pollMaxMs: number;
  /** How long the other lanes of a cycle wait for one that has no answer yet, before it goes on alone. */
  readonly patienceMs: number;
  readonly laneBackoff: BackoffPolicy;
  readonly databaseBackoff: BackoffPolicy;
  /** When a parked event is tried again by itself; an outage does not count as a try. */
  readonly parkedRetry: BackoffPolicy;
  /** What follows when Kafka lost a partition's log: send what it lost again, marked as replayed, or wait for somebody. */
  readonly onLogLoss: 'republish' | 'pause';
  /** Events per second and lane, at most, when a lost log is sent again. */
  readonly republishPerSecond: number;
  /** How often, at least, an unreachable broker is asked whether it answers again, and a partition at fault is tried. */
  readonly probeEveryMs: number;
  readonly partitionDaysAhead: number;
  /** Days that events and receipts are kept at least, 1 to 3650. */
  readonly retentionDays: number;
  readonly upkeepEveryMs: number;
  /** How soon upkeep is tried again, at most, when it failed or would have had to wait. */
  readonly upkeepRetryMs: number;
}

export const defaultRelaySettings: Omit<RelaySettings, 'relayId' | 'host'> = {
  leaseMs: 10_000,
  heartbeatMs: 1_000,
  leaseMarginMs: 500,
  sendTimeoutMs: 5_000,
  limits: { rows: 500, bytes: 700_000 },
  pollMinMs: 25,
  pollMaxMs: 1_000,
  patienceMs: 200,
  laneBackoff: { baseMs: 100, capMs: 30_000 },
  databaseBackoff: { baseMs: 50, capMs: 2_000 },
  parkedRetry: { baseMs: 60_000, capMs: 3_600_000 },
  onLogLoss: 'republish',
  republishPerSecond: 1_000,
  probeEveryMs: 1_000,
  partitionDaysAhead: 7,
  retentionDays: 7,
  upkeepEveryMs: 3_600_000,
  upkeepRetryMs: 60_000,
};
