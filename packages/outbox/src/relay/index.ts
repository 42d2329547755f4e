export { Relay, type RelayOptions, type RelayStatus } from './relay.ts';
export type { RelayEvent, RelayEventListener } from './relay-event.ts';
export { LanesLostError } from './relay-session.ts';
export { defaultRelaySettings, type RelaySettings } from './relay-settings.ts';
