/** What a contestant is to do. */
export interface ConsumerPlan {
  readonly way: 'kit' | 'onePerTransaction';
  readonly brokers: readonly string[];
  readonly topics: readonly string[];
  readonly databaseUrl: string;
  /** Ends after so many. */
  readonly events: number;
}

/** How fast it was, from its first applied batch to its last. */
export interface ConsumerSpeed {
  readonly events: number;
  readonly eventsPerSecond: number;
  /** Resident memory, four times a second. */
  readonly memoryMegabytes: readonly number[];
}

export function isSpeed(message: unknown): message is ConsumerSpeed {
  return typeof message === 'object' && message !== null && 'eventsPerSecond' in message;
}

/**
 * How much more memory the second half took at most than the first: 1 is flat.
 *
 * @returns undefined with fewer than eight samples
 */
export function growth(samples: readonly number[]): number | undefined {
  if (samples.length < 8) return undefined;
  const half = Math.floor(samples.length / 2);
  return Math.max(...samples.slice(half)) / Math.max(...samples.slice(0, half));
}
