import type { Lane } from '../lanes/lane-directory.ts';
import type { KeptPartition } from '../retention/drop-old-days.ts';
import type { ParkedEvent } from './delivery.ts';
import type { ClassifiedFailure } from './failure-class.ts';
import type { SourceChange } from './relay-database.ts';

/** What the relay reports: state changes, each said once. Nothing here is personal data or a payload. */
export type RelayEvent =
  | { readonly type: 'lanes-granted'; readonly lanes: readonly number[]; readonly relays: number }
  | { readonly type: 'lanes-given-back'; readonly lanes: readonly number[]; readonly relays: number }
  | { readonly type: 'lanes-lost'; readonly lanes: readonly number[] }
  | {
      readonly type: 'lane-backing-off';
      readonly lane: Lane;
      readonly error: unknown;
      readonly failure: ClassifiedFailure;
    }
  | { readonly type: 'lane-recovered'; readonly lane: Lane; readonly failures: number }
  /** The broker refuses this one event: it is put aside, and its key's later ones behind it. */
  | { readonly type: 'event-parked'; readonly lane: Lane; readonly event: ParkedEvent }
  /** Parked events of one key went to Kafka, or their markers did; `left` are still parked. */
  | {
      readonly type: 'parked-events-published';
      readonly lane: Lane;
      readonly published: number;
      readonly discarded: number;
      readonly left: number;
    }
  | { readonly type: 'replay-finished'; readonly lane: Lane; readonly replay: bigint }
  /** A replayed event was refused, although it was published once. */
  | { readonly type: 'replay-skipped'; readonly lane: Lane; readonly seq: bigint; readonly code: string }
  /** Kafka gave out offsets again that receipts name: its log is another one. */
  | {
      readonly type: 'log-lost';
      readonly lane: Lane;
      readonly logGeneration: number;
      readonly baseOffset: bigint;
      readonly lostTo: bigint;
      readonly policy: 'republish' | 'pause';
    }
  /** The database did not answer, or the lease ran out: everything waits and starts from the committed progress. */
  | { readonly type: 'session-ended'; readonly error: unknown; readonly failure: ClassifiedFailure }
  | { readonly type: 'session-back'; readonly failures: number }
  /** After a failover or a restore; what was read before is void, and events carry the new epoch. */
  | { readonly type: 'source-changed'; readonly change: SourceChange; readonly epoch: number }
  | { readonly type: 'partitions-made'; readonly partitions: number }
  /** Rows of so many days are in the default partition, which nobody expected to need. */
  | { readonly type: 'partitions-blocked'; readonly partitions: number }
  /** Events wait in lanes that `outbox_lane` does not know: nobody will publish them. */
  | { readonly type: 'stray-lanes'; readonly lanes: readonly number[] }
  | { readonly type: 'days-dropped'; readonly partitions: readonly string[] }
  /** Older than the retention or in a default partition, and still there; said when this changes. */
  | { readonly type: 'days-kept'; readonly partitions: readonly KeptPartition[] }
  | { readonly type: 'upkeep-failed'; readonly error: unknown }
  | { readonly type: 'upkeep-mended'; readonly what: UpkeepComplaint };

/** What is said once when it begins or changes, and once when it is over. */
export type UpkeepComplaint = 'partitions-blocked' | 'stray-lanes' | 'days-kept' | 'upkeep-failed';

export type RelayEventListener = (event: RelayEvent) => void;
