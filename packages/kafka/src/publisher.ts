import type { Publisher, PublishBatch, PublishReceipt } from '@waybill/outbox/publisher';
import type { RecordMetadata } from 'kafkajs';
import { encodeBatch } from './encode-batch.ts';
import type { Log } from './log.ts';
import { requirePatchedKafkaJs } from './patch-check.ts';
import {
  baseOffsetUnknown,
  type KafkaPublishError,
  publisherClosed,
  toPublishError,
  underThrottle,
} from './publish-error.ts';
import type { KafkaSettings } from './settings.ts';
import { TopicConnection } from './topic-connection.ts';

/** Longest wait for a probe's answer, in ms. */
const probeTimeoutMs = 1_500;

export interface KafkaPublisherOptions {
  /** `requestTimeoutMs` bounds a whole publish, reconnecting and metadata included. */
  readonly settings: KafkaSettings;
  readonly logger: Log;
}

/**
 * The relay's way to Kafka: acks from all in-sync replicas, no retries, no idempotent producer (kafkajs rolls its
 * sequence back after an error, and a lost answer can turn the next batch into a silent duplicate), no compression,
 * one client per topic so that one topic's trouble is not another's.
 *
 * Every rejection is a `KafkaPublishError`. After a failure the next publish starts afresh.
 *
 * @throws UnpatchedKafkaJsError when the installed kafkajs lacks the project's patch
 */
export function createKafkaPublisher(options: KafkaPublisherOptions): Publisher {
  return new KafkaPublisher(options);
}

class KafkaPublisher implements Publisher {
  readonly #settings: KafkaSettings;
  readonly #log: Log;
  readonly #current = new Map<string, TopicConnection>();
  /** The current ones, the replaced ones that still wait for an answer, and the probes. */
  readonly #open = new Set<TopicConnection>();
  #opened = 0;
  #closed = false;

  constructor({ settings, logger }: KafkaPublisherOptions) {
    requirePatchedKafkaJs();
    this.#settings = settings;
    this.#log = logger;
  }

  async publish(batch: PublishBatch): Promise<PublishReceipt> {
    const what = `Publishing ${batch.messages.length} messages to ${batch.topic}/${batch.partition}`;
    this.#requireOpen(what);
    if (batch.messages.length === 0) throw new RangeError('A batch needs at least one message');
    const connection = this.#current.get(batch.topic) ?? this.#connect(batch.topic);
    const since = performance.now();
    try {
      const bytes = encodeBatch(batch.messages, Date.now());
      return receiptFor(what, batch, await connection.send({ partition: batch.partition, bytes }));
    } catch (error) {
      const told = this.#failure(what, error);
      const failure = connection.wasThrottled(since) ? underThrottle(what, told) : told;
      if (failure.kafkaCode === undefined || connection.refused) this.#retire(batch.topic, connection);
      throw failure;
    }
  }

  async probe(topic: string): Promise<void> {
    const what = `Asking for ${topic}`;
    this.#requireOpen(what);
    // A connection of its own: an old one may be half open, and a new one is what the next publish will need.
    const connection = this.#openConnection(topic, Math.min(probeTimeoutMs, this.#settings.requestTimeoutMs));
    try {
      await connection.probe();
    } catch (error) {
      throw this.#failure(what, error);
    } finally {
      await this.#close(connection);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#current.clear();
    await Promise.all([...this.#open].map((connection) => this.#close(connection)));
  }

  #requireOpen(what: string): void {
    if (this.#closed) throw publisherClosed(what);
  }

  #failure(what: string, error: unknown): KafkaPublishError {
    const failure = toPublishError(what, error);
    return this.#closed && failure.kafkaCode === undefined ? publisherClosed(what, failure) : failure;
  }

  #connect(topic: string): TopicConnection {
    const connection = this.#openConnection(topic, this.#settings.requestTimeoutMs);
    this.#current.set(topic, connection);
    return connection;
  }

  #openConnection(topic: string, requestTimeoutMs: number): TopicConnection {
    // kafkajs asks the first broker of the list first. Another one each time: the first may be the frozen one.
    const { brokers } = this.#settings;
    const first = this.#opened % brokers.length;
    this.#opened += 1;
    const rotated = [...brokers.slice(first), ...brokers.slice(0, first)];
    const connection = new TopicConnection(
      topic,
      { ...this.#settings, brokers: rotated, requestTimeoutMs },
      this.#log,
    );
    this.#open.add(connection);
    return connection;
  }

  /** Batches that others have under way on it may still be answered; the next one goes over a new connection. */
  #retire(topic: string, connection: TopicConnection): void {
    if (this.#current.get(topic) !== connection) return;
    this.#current.delete(topic);
    connection
      .closeWhenIdle()
      .catch((error: unknown) => this.#log.warn({ err: error, topic }, 'A Kafka connection did not close'))
      .finally(() => this.#open.delete(connection));
  }

  async #close(connection: TopicConnection): Promise<void> {
    try {
      await connection.close();
    } finally {
      this.#open.delete(connection);
    }
  }
}

/** @throws KafkaPublishError BASE_OFFSET_UNKNOWN when the broker did not say where the batch stands */
function receiptFor(what: string, batch: PublishBatch, answers: readonly RecordMetadata[]): PublishReceipt {
  const answer = answers.find((a) => a.topicName === batch.topic && a.partition === batch.partition);
  const baseOffset = BigInt(answer?.baseOffset ?? -1);
  if (answer?.errorCode !== 0 || baseOffset < 0n) {
    throw baseOffsetUnknown(what, new Error(`the answer was ${JSON.stringify(answers)}`));
  }
  return { baseOffset };
}
