import type { Publisher } from '../publisher.ts';
import type { Doorbell } from './doorbell.ts';
import type { Lease } from './lease.ts';
import type { LoopProgress } from './loop-progress.ts';
import type { RelayDatabase } from './relay-database.ts';
import type { RelayEventListener } from './relay-event.ts';
import type { RelayMeter } from './relay-meter.ts';
import type { RelaySettings } from './relay-settings.ts';

/** What a session works with. `monotonic` is time in ms that never goes back; `random` is uniform in [0, 1). */
export interface RelayParts {
  readonly database: RelayDatabase;
  readonly publisher: Publisher;
  readonly settings: RelaySettings;
  readonly doorbell: Doorbell;
  readonly lease: Lease;
  readonly listener: RelayEventListener;
  readonly meter: RelayMeter;
  readonly progress: LoopProgress;
  readonly monotonic: () => number;
  readonly random: () => number;
}
