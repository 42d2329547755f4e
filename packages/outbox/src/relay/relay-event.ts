import type { Lane } from '../lanes/lane-directory.ts';

/** What the relay reports: state changes, each said once. Nothing here is personal data or a payload. */
export type RelayEvent =
  | { readonly type: 'lanes-claimed'; readonly lanes: number; readonly epoch: number }
  | { readonly type: 'lanes-lost'; readonly lanes: readonly number[] }
  | { readonly type: 'lane-backing-off'; readonly lane: Lane; readonly error: unknown }
  | { readonly type: 'lane-recovered'; readonly lane: Lane; readonly failures: number }
  | { readonly type: 'database-away'; readonly error: unknown }
  | { readonly type: 'database-back'; readonly failures: number }
  | { readonly type: 'partitions-made'; readonly partitions: number }
  | { readonly type: 'upkeep-failed'; readonly error: unknown };

export type RelayEventListener = (event: RelayEvent) => void;
