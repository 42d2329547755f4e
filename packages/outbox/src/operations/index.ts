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
export { type OutboxStatus, readStatus, type TopicStatus, type WaitingLane } from './status.ts';
