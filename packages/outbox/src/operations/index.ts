export type { Queryable, Statement } from '../relay/relay-database.ts';
export { examine, type Instruments } from './examine.ts';
export {
  type BrokerFacts,
  type BrokerTopic,
  defaultDoctorLimits,
  type Disk,
  type DoctorLimits,
  type WantedTopic,
} from './facts.ts';
export type { Cause, Diagnosis, Finding, Unchecked } from './finding.ts';
export { BACKLOG_CAP, type LaneBacklog, readLaneBacklog } from './lane-backlog.sql.ts';
export { type LaneState, readLaneStates } from './lane-states.sql.ts';
export { type BackingOff, type LiveRelay, readLiveRelays } from './live-relays.sql.ts';
export { rateWindowMs, readPublishRates } from './publish-rate.sql.ts';
export { readDatabaseTime } from './database-time.sql.ts';
export { type OutboxStatus, readStatus, type TopicStatus, type WaitingLane } from './status.ts';
export {
  findParked,
  findParkedHeads,
  type ParkedEvent,
  type ParkedFilter,
  type ParkedHead,
  readParkedKey,
  readWishOutcomes,
  type Wish,
  wishFor,
  type WishOutcome,
} from './parked.sql.ts';
export { findUnawareLanes, type Mandate, type PauseChange, pauseLanes, resumeLanes } from './pausing.sql.ts';
export {
  cancelReplay,
  type LaneSelection,
  type PacedSelection,
  readNewestReplays,
  readReplays,
  type ReplaySelection,
  type ReplayState,
  requestReplays,
  selectForReplay,
} from './replays.sql.ts';
export { raiseEpoch, readSource, type SourceState } from './source.sql.ts';
export type { EventLog, LogBounds, LogRecord } from './event-log.ts';
export { aggregatesFrom, type AggregateView } from './reconcile/aggregate-view.sql.ts';
export type { Aggregate, AggregateSource } from './reconcile/aggregates.ts';
export type { Difference, DifferenceKind } from './reconcile/difference.ts';
export { LogRefusal } from './reconcile/log-refusal.ts';
export { reconcile, type Reconciled, type Reconciliation } from './reconcile/reconcile.ts';
