/** A partition of this member as it was measured. */
export interface MeasuredPartition {
  readonly topic: string;
  readonly partition: number;
  /** The group's committed offset; undefined before the first. */
  readonly committed: bigint | undefined;
  readonly lag: number;
}

/** Where a partition stood, and since when (ms, monotonic). */
export interface Standing {
  readonly committed: bigint | undefined;
  readonly since: number;
}

/** Keyed by `topic/partition`. */
export type Standings = ReadonlyMap<string, Standing>;

/** kafkajs says nothing is wrong and hands nothing over, which happens after a broker's maintenance. */
export class StaleConsumerError extends Error {
  readonly code = 'CONSUMER_STALE';

  constructor(partitions: readonly MeasuredPartition[]) {
    const names = partitions.map(({ topic, partition }) => `${topic}/${partition}`);
    super(`no progress in ${names.join(', ')}, which have messages: the client is made anew`);
    this.name = 'StaleConsumerError';
  }
}

/**
 * Judges by lack of progress: a partition that has messages after the committed offset and has not moved for
 * `patienceMs`, although nobody has a batch of it in hand or has paused it.
 *
 * @param busy `topic/partition` of those
 * @param now ms, monotonic
 * @returns the standings for the next measurement, and who stands still
 */
export function judgeProgress(
  before: Standings,
  measured: readonly MeasuredPartition[],
  {
    busy,
    now,
    patienceMs,
  }: { readonly busy: ReadonlySet<string>; readonly now: number; readonly patienceMs: number },
): {
  readonly standings: Standings;
  readonly moved: boolean;
  readonly stalled: readonly MeasuredPartition[];
} {
  const standings = new Map<string, Standing>();
  let moved = false;
  const stalled = measured.filter(({ topic, partition, committed, lag }) => {
    const name = `${topic}/${partition}`;
    const known = before.get(name);
    if (known !== undefined && known.committed !== committed) moved = true;
    const stays = known !== undefined && known.committed === committed && lag > 0 && !busy.has(name);
    const standing = stays ? known : { committed, since: now };
    standings.set(name, standing);
    return now - standing.since >= patienceMs;
  });
  return { standings, moved, stalled };
}
