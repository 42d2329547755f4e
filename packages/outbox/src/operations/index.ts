export type { Queryable, Statement } from '../relay/relay-database.ts';
export { BACKLOG_CAP, type LaneBacklog, readLaneBacklog } from './lane-backlog.sql.ts';
export { type LaneState, readLaneStates } from './lane-states.sql.ts';
export { type LiveRelay, readLiveRelays } from './live-relays.sql.ts';
export { rateWindowMs, readPublishRates } from './publish-rate.sql.ts';
export { type OutboxStatus, readStatus, type TopicStatus } from './status.ts';
