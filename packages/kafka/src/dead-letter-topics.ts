import type { DeadLetterCopy, DeadLetterTopics } from '@waybill/inbox/message-source';
import type { Producer } from 'kafkajs';
import { withAdmin } from './admin.ts';
import { openKafka } from './client.ts';
import { disconnectWithin } from './disconnect-within.ts';
import { KafkaRequestError } from './failure.ts';
import type { Log } from './log.ts';
import type { KafkaSettings } from './settings.ts';
import { Sockets } from './sockets.ts';

/** Thirty days: the consumer's database has the dead letters themselves. */
const retentionMs = '2592000000';
const closeLimitMs = 2_000;

/**
 * The consumer kit's dead-letter topics over Kafka. A topic that does not exist is made when its first message comes:
 * one partition, thirty days.
 */
export function kafkaDeadLetterTopics(options: {
  readonly settings: KafkaSettings;
  readonly logger: Log;
}): DeadLetterTopics & AsyncDisposable {
  return new KafkaDeadLetterTopics(options.settings, options.logger);
}

class KafkaDeadLetterTopics implements DeadLetterTopics, AsyncDisposable {
  readonly #settings: KafkaSettings;
  readonly #log: Log;
  readonly #known = new Set<string>();
  #connection: { readonly producer: Producer; readonly sockets: Sockets } | undefined;

  constructor(settings: KafkaSettings, log: Log) {
    this.#settings = settings;
    this.#log = log;
  }

  async publish({ topic, key, value, headers }: DeadLetterCopy): Promise<void> {
    try {
      await this.#requireTopic(topic);
      const producer = await this.#connected();
      const bytes = value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      await producer.send({ topic, acks: -1, messages: [{ key, value: bytes, headers: { ...headers } }] });
    } catch (error) {
      this.#known.delete(topic); // somebody may have deleted it
      await this[Symbol.asyncDispose]();
      throw new KafkaRequestError(`Publishing a dead letter to ${topic}`, error);
    }
  }

  /** Drops the connection; the next publish opens another one. */
  async [Symbol.asyncDispose](): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection)
      await disconnectWithin(closeLimitMs, connection.producer.disconnect(), connection.sockets);
  }

  async #requireTopic(topic: string): Promise<void> {
    if (this.#known.has(topic)) return;
    await withAdmin(this.#settings, this.#log, async (admin) => {
      if ((await admin.listTopics()).includes(topic)) return;
      const configEntries = [
        { name: 'cleanup.policy', value: 'delete' },
        { name: 'retention.ms', value: retentionMs },
      ];
      await admin.createTopics({
        topics: [{ topic, numPartitions: 1, replicationFactor: -1, configEntries }],
      });
    });
    this.#known.add(topic);
  }

  async #connected(): Promise<Producer> {
    if (this.#connection === undefined) {
      const sockets = new Sockets();
      const producer = openKafka(this.#settings, this.#log, sockets, 'patient').producer({
        allowAutoTopicCreation: false,
        retry: { retries: 3, initialRetryTime: 100 },
      });
      this.#connection = { producer, sockets };
      await producer.connect();
    }
    return this.#connection.producer;
  }
}
