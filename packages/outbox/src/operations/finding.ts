/** Everything that `doctor` can name. One of them is what is wrong; what only follows from it is not said. */
export type Cause =
  | 'DATABASE_STANDBY'
  | 'KAFKA_UNREACHABLE'
  | 'RELAY_CANNOT_REACH_KAFKA'
  | 'TOPIC_MISSING'
  | 'TOPIC_SETTINGS'
  | 'PARTITION_WITHOUT_LEADER'
  | 'NOT_AUTHORIZED'
  | 'QUOTA_EXCEEDED'
  | 'LANE_BACKING_OFF'
  | 'NO_RELAY'
  | 'LANE_UNOWNED'
  | 'LOG_LOST'
  | 'LANE_PAUSED'
  | 'STRAY_LANES'
  | 'EVENTS_PARKED'
  | 'EVENTS_WAIT'
  | 'LONG_TRANSACTION'
  | 'DISK_LOW'
  | 'CLOCK_SKEW'
  | 'PARTITION_MISSING'
  | 'DEFAULT_PARTITION_USED';

/** One thing that is wrong, and what to do about it. */
export interface Finding {
  readonly cause: Cause;
  /** What it is about: a topic, a lane, a relay, a disk. */
  readonly subject: string;
  /** What is so, in a sentence. */
  readonly what: string;
  /** What to do, in a sentence. */
  readonly remedy: string;
}

/** Something that could not be looked at. Not a finding: nothing is known to be wrong. */
export interface Unchecked {
  readonly check: string;
  readonly why: string;
}

export interface Diagnosis {
  readonly findings: readonly Finding[];
  readonly unchecked: readonly Unchecked[];
}
