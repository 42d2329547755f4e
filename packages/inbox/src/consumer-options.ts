import type { BackoffPolicy } from '@waybill/retry';
import type { Application } from './apply-batch.ts';
import type { FailurePolicy } from './apply-delivery.ts';
import type { ReadEnvelope } from './dead-letters/carry-out.ts';
import type { DeadLetterTopics, MessageSource } from './message-source.ts';
import type { ConsumerObserver } from './observer.ts';

/** How often a failing event is tried alone, and the pause between. */
export interface EventRetry {
  readonly attempts: number;
  readonly backoff: BackoffPolicy;
  /** Overrules the kit on what the handler threw; undefined leaves it. */
  readonly classify?: FailurePolicy['classify'];
}

interface Subscribed {
  /** The consumer group: its gates say what was applied. */
  readonly group: string;
  readonly topics: readonly string[];
}

/** In which order events are applied. */
export type Ordering =
  | {
      readonly order: 'gapless';
      /** Every topic that carries events of the aggregate: a version that never comes would hold its key up for ever. */
      readonly aggregateTopics: readonly string[];
    }
  | { readonly order: 'per-topic' };

interface Work<Tx, Data> extends Pick<Application<Tx, Data>, 'storage' | 'parse' | 'handler'> {
  readonly source: MessageSource;
  readonly deadLetterTopics: DeadLetterTopics;
  /** Which event a message is. Default: `readCloudEvent`. */
  readonly readEnvelope?: ReadEnvelope;
  /** Whether later events of a key wait behind one that cannot be applied. */
  readonly onPoison: FailurePolicy['onPoison'];
  /** Default: `stop the key`. */
  readonly onDivergence?: Application<Tx, Data>['onDivergence'];
  /** Default: 5 attempts, backoff from 100 ms to 2 s. */
  readonly retry?: EventRetry;
  /** Events in one transaction at most. Default: 1,000. */
  readonly batchSize?: number;
  /** How long an event may wait for its predecessor before that is an alarm, in ms. Default: 5 minutes. */
  readonly gapLimitMs?: number;
  /** Between two rounds of upkeep, in ms. Default: 1,000. */
  readonly upkeepEveryMs?: number;
  readonly observer?: ConsumerObserver;
}

export type ConsumerOptions<Tx, Data> = Subscribed & Ordering & Work<Tx, Data>;

/** The consumer cannot hold what it promises. */
export class ConsumerRefusedError extends Error {
  readonly code = 'inbox-consumer-refused';

  constructor(why: string) {
    super(why);
    this.name = 'ConsumerRefusedError';
  }
}

/** @throws ConsumerRefusedError */
export function requireWholeAggregate({ group, topics, ...ordering }: Subscribed & Ordering): void {
  if (topics.length === 0) throw new ConsumerRefusedError(`${group} reads no topic`);
  if (ordering.order === 'per-topic') return;
  const missing = ordering.aggregateTopics.filter((topic) => !topics.includes(topic));
  if (missing.length > 0) {
    throw new ConsumerRefusedError(
      `${group} asks for every version without a gap and does not read ${missing.join(', ')}: ` +
        `read these topics too, or choose order 'per-topic'`,
    );
  }
}
