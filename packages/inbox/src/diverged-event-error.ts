/**
 * Two events claim one version of one key and say different things. Nothing of the batch was applied. It does not
 * mend itself: the source was restored to an earlier state and went another way, or two producers write one key.
 * An operator decides which one holds.
 */
export class DivergedEventError extends Error {
  readonly code = 'inbox-event-diverged';
  readonly topic: string;
  readonly key: string;
  readonly version: number;

  constructor({ topic, key, version }: { topic: string; key: string; version: number }) {
    super(`version ${version} of ${key} in ${topic} contradicts the event of that version seen before`);
    this.name = 'DivergedEventError';
    this.topic = topic;
    this.key = key;
    this.version = version;
  }
}
