import type { Lane } from '../lanes/lane-directory.ts';
import type { KeptPartition } from '../retention/drop-old-days.ts';

/** What the relay reports: state changes, each said once. Nothing here is personal data or a payload. */
export type RelayEvent =
  | { readonly type: 'lanes-granted'; readonly lanes: readonly number[]; readonly relays: number }
  | { readonly type: 'lanes-given-back'; readonly lanes: readonly number[]; readonly relays: number }
  | { readonly type: 'lanes-lost'; readonly lanes: readonly number[] }
  | { readonly type: 'lane-backing-off'; readonly lane: Lane; readonly error: unknown }
  | { readonly type: 'lane-recovered'; readonly lane: Lane; readonly failures: number }
  /** The database did not answer, or the lease ran out: everything waits and starts from the committed progress. */
  | { readonly type: 'session-ended'; readonly error: unknown }
  | { readonly type: 'session-back'; readonly failures: number }
  | { readonly type: 'partitions-made'; readonly partitions: number }
  /** Rows of so many days are in the default partition, which nobody expected to need. */
  | { readonly type: 'partitions-blocked'; readonly partitions: number }
  /** Events wait in lanes that `outbox_lane` does not know: nobody will publish them. */
  | { readonly type: 'stray-lanes'; readonly lanes: readonly number[] }
  | { readonly type: 'days-dropped'; readonly partitions: readonly string[] }
  /** Older than the retention or in a default partition, and still there; said when this changes. */
  | { readonly type: 'days-kept'; readonly partitions: readonly KeptPartition[] }
  | { readonly type: 'upkeep-failed'; readonly error: unknown };

export type RelayEventListener = (event: RelayEvent) => void;
