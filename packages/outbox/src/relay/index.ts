export { Relay, type RelayOptions, type RelayStatus } from './relay.ts';
export type { RelayEvent, RelayEventListener } from './relay-event.ts';
export { LeaseLapsedError } from './relay-session.ts';
export { defaultRelaySettings, type RelaySettings } from './relay-settings.ts';
