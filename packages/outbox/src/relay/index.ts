export { DOORBELL_CHANNEL, lanesOfDoorbellMessage } from '../doorbell-channel.ts';
export { Relay, type RelayOptions, type RelayStatus } from './relay.ts';
export { type ClassifiedFailure, classify, classifySessionEnd, type FailureClass } from './failure-class.ts';
export type { RelayEvent, RelayEventListener, UpkeepComplaint } from './relay-event.ts';
export type { CyclePhase, RelayMeter } from './relay-meter.ts';
export { LeaseLapsedError } from './lease.ts';
export { defaultRelaySettings, type RelaySettings } from './relay-settings.ts';
export { SourceChangedError, StandbyError } from './relay-database.ts';
