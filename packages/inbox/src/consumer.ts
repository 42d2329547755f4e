import type { Application } from './apply-batch.ts';
import { applyDelivery, type DeliveryOutcome, type FailurePolicy } from './apply-delivery.ts';
import { type ConsumerOptions, requireWholeAggregate } from './consumer-options.ts';
import type { ReadEnvelope } from './dead-letters/carry-out.ts';
import { reasonOf } from './dead-letters/reason.ts';
import { recordFirst } from './dead-letters/record.sql.ts';
import type { IncomingMessage, InboxEvent } from './event.ts';
import type { FailingPartition, MessageBatch, PartitionLag, SourceState } from './message-source.ts';
import { type ConsumerObserver, unobserved } from './observer.ts';
import { Progress } from './progress.ts';
import { readCloudEvent } from './read-envelope.ts';
import type { Gap } from './status.sql.ts';
import { keepUp, type StoredStatus } from './upkeep.ts';

export interface ConsumerStatus {
  readonly group: string;
  readonly state: SourceState;
  readonly failing: readonly FailingPartition[];
  readonly lag: readonly PartitionLag[];
  /** How old the last batch's first event was when it was applied, in ms; undefined before the first. */
  readonly ageMs: number | undefined;
  readonly sinceStart: {
    readonly batches: number;
    readonly applied: number;
    readonly kept: number;
    readonly skipped: number;
    readonly deadLetters: number;
    readonly diverged: number;
  };
  /** For how long the slowest transaction or loop has not come on, in ms: one that hangs is mended by a restart only. */
  readonly progressAgeMs: number;
  /** What the database said last; undefined before it has said anything. */
  readonly stored: StoredStatus | undefined;
}

export interface Consumer {
  /** Consumes until `signal` aborts, then finishes the batches in hand and leaves the group. */
  run(signal: AbortSignal): Promise<void>;
  status(): ConsumerStatus;
}

/**
 * A consumer that applies every event exactly once: gate and effect commit together, Kafka's offsets after them.
 *
 * @throws ConsumerRefusedError when `gapless` lacks a topic of the aggregate
 */
export function createConsumer<Tx, Data>(options: ConsumerOptions<Tx, Data>): Consumer {
  requireWholeAggregate(options);
  return new KitConsumer(options);
}

const defaultRetry = { attempts: 5, backoff: { baseMs: 100, capMs: 2_000 } };
const linksAtMost = 128;

class KitConsumer<Tx, Data> implements Consumer {
  readonly #options: ConsumerOptions<Tx, Data>;
  readonly #application: Application<Tx, Data>;
  readonly #policy: FailurePolicy;
  readonly #readEnvelope: ReadEnvelope;
  readonly #observer: ConsumerObserver;
  readonly #progress = new Progress();
  #state: SourceState = 'joining';
  #failing: readonly FailingPartition[] = [];
  #lag: readonly PartitionLag[] = [];
  #ageMs: number | undefined;
  #sinceStart = { batches: 0, applied: 0, kept: 0, skipped: 0, deadLetters: 0, diverged: 0 };
  #stored: StoredStatus | undefined;

  constructor(options: ConsumerOptions<Tx, Data>) {
    const { storage, group, order, parse, handler, onDivergence = 'stop the key' } = options;
    const { onPoison, retry = defaultRetry, observer = unobserved } = options;
    const { attempts, backoff, classify = () => undefined } = { classify: undefined, ...retry };
    this.#options = options;
    const watched: typeof storage = {
      transaction: (work) => this.#progress.of(() => storage.transaction(work)),
    };
    this.#application = { storage: watched, group, order, parse, handler, onDivergence };
    this.#policy = { attempts, backoff, classify, onPoison };
    this.#readEnvelope = options.readEnvelope ?? readCloudEvent;
    this.#observer = observer;
  }

  async run(signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const stop = AbortSignal.any([signal, over.signal]);
    const upkeep = keepUp(
      {
        application: this.#application,
        policy: this.#policy,
        readEnvelope: this.#readEnvelope,
        deadLetterTopics: {
          publish: (copy) => this.#progress.of(() => this.#options.deadLetterTopics.publish(copy)),
        },
        gapLimitMs: this.#options.gapLimitMs ?? 300_000,
        everyMs: this.#options.upkeepEveryMs ?? 1_000,
        onStatus: (status) => this.#learn(status),
        onOutcome: (outcome) => this.#count(outcome),
        onFailure: (error) => this.#observer.upkeepFailed(error),
      },
      stop,
    );
    try {
      await this.#consume(signal);
    } finally {
      this.#progress.end();
      over.abort();
      await upkeep;
    }
  }

  status(): ConsumerStatus {
    return {
      group: this.#options.group,
      state: this.#state,
      failing: this.#failing,
      lag: this.#lag,
      ageMs: this.#ageMs,
      sinceStart: { ...this.#sinceStart },
      progressAgeMs: this.#progress.ageMs,
      stored: this.#stored,
    };
  }

  async #consume(signal: AbortSignal): Promise<void> {
    const { group, topics, source } = this.#options;
    await source.consume({
      group,
      topics,
      onBatch: (batch) => this.#take(batch),
      onState: (state) => {
        this.#state = state;
      },
      onRound: () => this.#progress.round(),
      onFailing: (failing) => {
        this.#failing = failing;
      },
      onLag: (lag) => {
        this.#lag = lag;
      },
      signal,
    });
  }

  async #take(batch: MessageBatch): Promise<void> {
    const { batchSize = 1_000 } = this.#options;
    for (let from = 0; from < batch.messages.length; from += batchSize) {
      if (from > 0) batch.signal.throwIfAborted();
      const messages = batch.messages.slice(from, from + batchSize);
      const traceparents = messages
        .slice(0, linksAtMost)
        .flatMap(({ headers: { traceparent } }) => traceparent ?? []);
      const { topic, partition } = batch;
      const facts = { group: this.#options.group, topic, partition, events: messages.length, traceparents };
      await this.#observer.around(facts, () => this.#apply(messages, batch.signal));
      const last = messages.at(-1);
      if (last !== undefined) batch.applied(last.offset);
    }
  }

  async #apply(messages: readonly IncomingMessage[], signal: AbortSignal): Promise<void> {
    const events: InboxEvent[] = [];
    for (const message of messages) {
      const event = await this.#read(message);
      if (event !== undefined) events.push(event);
    }
    const outcome = await applyDelivery(this.#application, this.#policy, events, signal);
    this.#sinceStart.batches += 1;
    const [first] = messages;
    if (first !== undefined) this.#ageMs = Math.max(0, Date.now() - first.timestamp);
    this.#count(outcome);
  }

  /** @returns undefined when the message does not say which event it is; it is a dead letter then */
  async #read(message: IncomingMessage): Promise<InboxEvent | undefined> {
    const { topic, partition, offset, value, headers } = message;
    try {
      return { topic, partition, offset, value, headers, ...this.#readEnvelope(message) };
    } catch (error) {
      const { storage, group } = this.#application;
      const letter = {
        message,
        messageKey: message.key,
        place: undefined,
        ...reasonOf(error),
        attempts: 0,
      };
      const isNew = await storage.transaction(({ sql }) => recordFirst(sql, group, letter));
      if (isNew) {
        this.#sinceStart.deadLetters += 1;
        this.#observer.alarm({ kind: 'unreadable', topic, partition, offset });
      }
      return undefined;
    }
  }

  #count({ applied, kept, skipped, diverged, buried }: DeliveryOutcome): void {
    const sums = this.#sinceStart;
    sums.applied += applied;
    sums.kept += kept;
    sums.skipped += skipped;
    sums.diverged += diverged.length;
    sums.deadLetters += buried.length;
    for (const event of diverged) this.#observer.alarm({ kind: 'diverged', event });
    for (const { event, error } of buried) {
      this.#observer.alarm({ kind: 'dead letter', event, reason: reasonOf(error).reason });
    }
  }

  #learn(status: StoredStatus): void {
    const before = this.#stored?.gaps;
    this.#stored = status;
    const { open, oldest } = status.gaps;
    const known = new Set(before?.oldest.map(nameOf));
    const isNew = open > (before?.open ?? 0) || oldest.some((gap) => !known.has(nameOf(gap)));
    if (isNew) this.#observer.alarm({ kind: 'gaps', open, oldest });
  }
}

const nameOf = ({ key, waitingVersion }: Gap): string => `${waitingVersion} ${key}`;
