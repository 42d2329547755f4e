import { logLevel, type Message, type Producer, type RecordMetadata } from 'kafkajs';
import { type Batch, messageFor } from './batch-message.ts';
import { openKafka } from './client.ts';
import { hearingThrottles, type Log } from './log.ts';
import { partitionOfMessage } from './partitioner.ts';
import { publisherClosed, requestTimeout } from './publish-error.ts';
import type { KafkaSettings } from './settings.ts';
import { Sockets } from './sockets.ts';

/** kafkajs gives up on an answer at this share of the whole time, so that its error, and not ours, tells what failed. */
const clientShare = 0.9;
/** The broker gives up on its replicas a little earlier still: its answer says more than silence. */
const brokerShare = 0.8;

/**
 * One kafkajs producer for one topic. It belongs to one spell without failures: after a failure that no broker
 * answered the publisher makes a new one, because kafkajs keeps a connection to a dead or frozen broker, and its
 * view of the leaders, for minutes.
 */
export class TopicConnection {
  readonly #topic: string;
  readonly #requestTimeoutMs: number;
  readonly #sockets = new Sockets();
  readonly #producer: Producer;
  readonly #inFlight = new Set<Promise<unknown>>();
  #connected: Promise<void> | undefined;
  #refused = false;
  #throttledUntil = Number.NEGATIVE_INFINITY;

  constructor(topic: string, settings: KafkaSettings, log: Log) {
    this.#topic = topic;
    this.#requestTimeoutMs = settings.requestTimeoutMs;
    const requestTimeoutMs = settings.requestTimeoutMs * clientShare;
    const heard = hearingThrottles(log, (ms) => {
      this.#throttledUntil = Math.max(this.#throttledUntil, performance.now() + ms);
    });
    const kafka = openKafka({ ...settings, requestTimeoutMs }, heard, this.#sockets, 'perBroker');
    kafka.logger().setLogLevel(logLevel.DEBUG);
    this.#producer = kafka.producer({
      allowAutoTopicCreation: false,
      idempotent: false,
      createPartitioner: partitionOfMessage,
      retry: { retries: 0 },
    });
  }

  /** Asks for the topic's metadata. @throws as {@link send} does */
  async probe(): Promise<void> {
    await this.#sendWithin(() => []);
  }

  /**
   * Sends once.
   *
   * @throws KafkaPublishError REQUEST_TIMEOUT after the request timeout, whatever kafkajs is doing then; messages that
   *   were not yet written to a socket are not sent later. Everything else is kafkajs' own error.
   */
  async send(batch: Batch): Promise<RecordMetadata[]> {
    return await this.#sendWithin((signal) => [messageFor(batch, signal)]);
  }

  async #sendWithin(messages: (signal: AbortSignal) => Message[]): Promise<RecordMetadata[]> {
    const deadline = new AbortController();
    const timedOut = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const error = requestTimeout(`A request to ${this.#topic}`, this.#requestTimeoutMs);
      deadline.abort(error);
      timedOut.reject(error);
    }, this.#requestTimeoutMs);
    const sending = this.#sendNow(messages(deadline.signal));
    this.#track(sending);
    try {
      return await Promise.race([sending, timedOut.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Whether a broker throttled us at or after `since` (monotonic, in ms). Then it reads nothing more from its connection
   * for a while (KIP-219): what is under way there is not answered either.
   */
  wasThrottled(since: number): boolean {
    return this.#throttledUntil >= since;
  }

  /** Whether it never came to a connection: a broker did not let it in, or there was none. It will not try again. */
  get refused(): boolean {
    return this.#refused;
  }

  /** Closes as soon as nothing is under way any more. */
  async closeWhenIdle(): Promise<void> {
    await this.#settled();
    await this.#disconnect();
  }

  /** Closes now; what is under way fails. */
  async close(): Promise<void> {
    if (this.#inFlight.size > 0) {
      this.#sockets.breakOff(publisherClosed(`A request to ${this.#topic}`));
      await this.#settled();
    }
    await this.#disconnect();
  }

  async #sendNow(messages: Message[]): Promise<RecordMetadata[]> {
    this.#connected ??= this.#producer.connect();
    try {
      await this.#connected;
    } catch (error) {
      this.#refused = true;
      throw error;
    }
    return await this.#producer.send({
      topic: this.#topic,
      messages,
      acks: -1,
      timeout: Math.round(this.#requestTimeoutMs * brokerShare),
    });
  }

  #track(sending: Promise<unknown>): void {
    this.#inFlight.add(sending);
    const forget = (): void => {
      this.#inFlight.delete(sending);
    };
    sending.then(forget, forget);
  }

  async #settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight);
  }

  async #disconnect(): Promise<void> {
    await this.#producer.disconnect();
    this.#sockets.close();
  }
}
