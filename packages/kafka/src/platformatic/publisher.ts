import type { Publisher, PublishBatch, PublishReceipt } from '@waybill/outbox/publisher';
import { orAbort } from '@waybill/retry';
import { encodeBatch } from '../encode-batch.ts';
import { answeredFailure } from '../failure.ts';
import {
  baseOffsetUnknown,
  KafkaPublishError,
  publisherClosed,
  requestTimeout,
  underThrottle,
} from '../publish-error.ts';
import type { KafkaPublisherOptions } from '../publisher.ts';
import type { KafkaSettings } from '../settings.ts';
import { BrokerLink } from './broker-link.ts';
import { ResponseError } from './client-parts.ts';
import { toPublishError } from './failure.ts';
import { LeaderDirectory, type TopicLeaders } from './leader-directory.ts';
import { produceBatch, type ProduceResponse } from './produce-batch.ts';

/** Longest wait for a probe's answer, in ms. */
const probeTimeoutMs = 1_500;
/** The broker gives up on its replicas at this share of the whole time: its answer says more than silence. */
const brokerShare = 0.8;
/** Kafka's number of UNKNOWN_TOPIC_OR_PARTITION. */
const unknownTopicOrPartition = 3;

/**
 * The same way to Kafka on another client: acks from all in-sync replicas, no retries, not idempotent, no compression,
 * no topic made by asking for it. The client's connections and protocol are used, its `Producer` is not: that one puts
 * a batch for a partition that it does not know into another one (partition modulo count), knows no leader of a topic
 * while one partition has none, and sends what waits in its queue after the caller's time is up.
 *
 * Each partition has a connection of its own, which lives until its first failure: a partition that waits for its
 * replicas holds up no other, and giving up on one cuts off nobody else.
 *
 * Every rejection is a `KafkaPublishError`. `logger` is not used: this client writes no lines.
 */
export function createPlatformaticPublisher({ settings }: KafkaPublisherOptions): Publisher {
  return new PlatformaticPublisher(settings);
}

class PlatformaticPublisher implements Publisher {
  readonly #settings: KafkaSettings;
  readonly #directory: LeaderDirectory;
  /** By `topic/partition`, from the moment when one is being opened. */
  readonly #links = new Map<string, Promise<BrokerLink>>();
  /** Questions under way, by topic: lanes that start together share one. */
  readonly #asking = new Map<string, Promise<TopicLeaders>>();
  readonly #open = new Set<BrokerLink>();
  readonly #closed = new AbortController();
  /** Every batch is encoded into it and copied from it: a buffer of each would be garbage as soon as it is made. */
  readonly #scratch = reusedBuffer();

  constructor(settings: KafkaSettings) {
    this.#settings = settings;
    this.#directory = new LeaderDirectory(settings);
  }

  async publish(batch: PublishBatch): Promise<PublishReceipt> {
    const what = `Publishing ${batch.messages.length} messages to ${batch.topic}/${batch.partition}`;
    if (batch.messages.length === 0) throw new RangeError('A batch needs at least one message');
    const lane = `${batch.topic}/${batch.partition}`;
    let isThrottled = false;
    try {
      return await this.#within(this.#settings.requestTimeoutMs, what, async (signal) => {
        const link = await orAbort(this.#linkTo(batch, lane), signal);
        isThrottled = link.isThrottled;
        const answer = await this.#produce(link, batch, signal);
        link.throttleFor(answer.throttleTimeMs);
        return receiptFrom(what, batch, answer);
      });
    } catch (error) {
      const told = toPublishError(what, error);
      const failure = isThrottled ? underThrottle(what, told) : told;
      // A final answer is about the batch; anything else may be about this broker, so the next one asks for the leader.
      if (failure.kafkaCode === undefined || failure.retriable) this.#drop(lane);
      throw failure;
    }
  }

  async probe(topic: string): Promise<void> {
    const what = `Asking for ${topic}`;
    const limitMs = Math.min(probeTimeoutMs, this.#settings.requestTimeoutMs);
    try {
      await this.#within(limitMs, what, (signal) => this.#directory.ask(topic, limitMs, signal));
    } catch (error) {
      throw toPublishError(what, error);
    }
  }

  async close(): Promise<void> {
    this.#closed.abort(publisherClosed('A request'));
    for (const link of this.#open) link.close();
    await Promise.allSettled(this.#links.values());
    this.#links.clear();
  }

  /** @throws KafkaPublishError REQUEST_TIMEOUT, PUBLISHER_CLOSED, and what `work` throws */
  async #within<T>(limitMs: number, what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#closed.signal.aborted) throw publisherClosed(what);
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(requestTimeout(what, limitMs)), limitMs);
    const close = (): void => deadline.abort(publisherClosed(what));
    this.#closed.signal.addEventListener('abort', close, { once: true });
    try {
      return await orAbort(work(deadline.signal), deadline.signal);
    } finally {
      clearTimeout(timer);
      this.#closed.signal.removeEventListener('abort', close);
    }
  }

  /** The lane's link, or a new one to the partition's leader. */
  async #linkTo(batch: PublishBatch, lane: string): Promise<BrokerLink> {
    const current = this.#links.get(lane);
    if (current !== undefined) {
      const link = await current;
      if (link.isOpen) return link;
      if (this.#links.get(lane) === current) this.#drop(lane);
      return await this.#linkTo(batch, lane);
    }
    const opening = this.#openTo(batch);
    this.#links.set(lane, opening);
    try {
      return await opening;
    } catch (error) {
      if (this.#links.get(lane) === opening) this.#links.delete(lane);
      throw error;
    }
  }

  async #openTo({ topic, partition }: PublishBatch): Promise<BrokerLink> {
    const leader = (await this.#leadersOf(topic)).get(partition) ?? { kafkaCode: unknownTopicOrPartition };
    if ('kafkaCode' in leader) {
      throw new KafkaPublishError(`Publishing to ${topic}/${partition}`, answeredFailure(leader.kafkaCode));
    }
    const link = await BrokerLink.open(leader, this.#settings, this.#closed.signal);
    this.#open.add(link);
    return link;
  }

  async #leadersOf(topic: string): Promise<TopicLeaders> {
    const underWay = this.#asking.get(topic);
    if (underWay !== undefined) return await underWay;
    const asking = this.#directory
      .ask(topic, this.#settings.requestTimeoutMs, this.#closed.signal)
      .finally(() => this.#asking.delete(topic));
    this.#asking.set(topic, asking);
    return await asking;
  }

  async #produce(link: BrokerLink, batch: PublishBatch, signal: AbortSignal): Promise<ProduceResponse> {
    const timeoutMs = Math.round(this.#settings.requestTimeoutMs * brokerShare);
    const { topic, partition, messages } = batch;
    const encoded = { topic, partition, encode: () => encodeBatch(messages, Date.now(), this.#scratch) };
    try {
      return await link.request((connection) => produceBatch(connection, encoded, timeoutMs), signal);
    } catch (error) {
      if (error instanceof ResponseError && isProduceResponse(error.response)) return error.response;
      throw error;
    }
  }

  /** Requests of others under way on it fail too; there are none unless one lane is sent twice at once. */
  #drop(lane: string): void {
    const dropped = this.#links.get(lane);
    this.#links.delete(lane);
    dropped?.then(
      (link) => {
        this.#open.delete(link);
        link.close();
      },
      () => {}, // whoever waits for it is told
    );
  }
}

/** @throws KafkaPublishError with the broker's error, or BASE_OFFSET_UNKNOWN when it did not say where the batch stands */
function receiptFrom(what: string, batch: PublishBatch, { responses }: ProduceResponse): PublishReceipt {
  const answer = responses
    .find(({ name }) => name === batch.topic)
    ?.partitionResponses.find(({ index }) => index === batch.partition);
  if (answer !== undefined && answer.errorCode !== 0) {
    const sentence = answer.errorMessage ?? answer.recordErrors.at(0)?.batchIndexErrorMessage;
    throw new KafkaPublishError(
      what,
      answeredFailure(answer.errorCode),
      typeof sentence === 'string' ? new Error(sentence) : undefined,
    );
  }
  if (answer === undefined || answer.baseOffset < 0n) {
    throw baseOffsetUnknown(what, new Error(`the base offset was ${answer?.baseOffset ?? 'not given'}`));
  }
  return { baseOffset: answer.baseOffset };
}

/** More than any batch but one of a single large event. In bytes. */
const keptAtMost = 2_000_000;

/** Gives the same memory each time, made larger where it is too small; what is too large to keep is made anew. */
function reusedBuffer(): (bytes: number) => Buffer {
  let buffer = Buffer.alloc(0);
  return (bytes) => {
    if (bytes > keptAtMost) return Buffer.allocUnsafe(bytes);
    if (buffer.length < bytes) buffer = Buffer.allocUnsafe(bytes);
    return buffer.subarray(0, bytes);
  };
}

function isProduceResponse(response: unknown): response is ProduceResponse {
  return typeof response === 'object' && response !== null && 'responses' in response;
}
