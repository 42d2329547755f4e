import type { DeadLetterCopy, DeadLetterTopics } from '@waybill/inbox/message-source';
import kafkajs, { type Admin, type Producer } from 'kafkajs';
import { withAdmin } from './admin.ts';
import { openKafka } from './client.ts';
import { configOf } from './describe-topics.ts';
import { disconnectWithin } from './disconnect-within.ts';
import { KafkaRequestError } from './failure.ts';
import type { Log } from './log.ts';
import type { KafkaSettings } from './settings.ts';
import { Sockets } from './sockets.ts';

/** Thirty days: the consumer's database has the dead letters themselves. */
const retentionMs = '2592000000';
/**
 * What a copy has beyond its message, in bytes, with much to spare: the headers of the kit are under 5,000 (the reason's
 * sentence is cut at 500 characters, a group or a topic has at most 249), and what does not compress grows a little.
 */
const roomForHeaders = 65_536;
const closeLimitMs = 2_000;

/**
 * The consumer kit's dead-letter topics over Kafka. A topic that does not exist is made when its first message comes:
 * one partition, thirty days, messages as large as the source topic's and a little more. One that exists is left as it
 * is. Copies are compressed: a message that its producer had compressed may be larger than its topic's limit.
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

  async publish({ topic, sourceTopic, key, value, headers }: DeadLetterCopy): Promise<void> {
    try {
      await this.#requireTopic(topic, sourceTopic);
      const producer = await this.#connected();
      const bytes = value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      const messages = [{ key, value: bytes, headers: { ...headers } }];
      await producer.send({ topic, acks: -1, compression: kafkajs.CompressionTypes.GZIP, messages });
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

  async #requireTopic(topic: string, sourceTopic: string): Promise<void> {
    if (this.#known.has(topic)) return;
    await withAdmin(this.#settings, this.#log, async (admin) => {
      if ((await admin.listTopics()).includes(topic)) return;
      const configEntries = [
        { name: 'cleanup.policy', value: 'delete' },
        { name: 'retention.ms', value: retentionMs },
        ...(await roomFor(admin, sourceTopic)),
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

interface ConfigEntry {
  readonly name: string;
  readonly value: string;
}

/** @returns the limit for a topic that takes copies of another's messages; nothing where that one cannot be asked */
async function roomFor(admin: Admin, sourceTopic: string): Promise<readonly ConfigEntry[]> {
  const config = await configOf(admin, sourceTopic).catch((error: unknown) => {
    // The letter is what came of a message once; its topic may be gone since.
    if (new KafkaRequestError('', error).code === 'UNKNOWN_TOPIC_OR_PARTITION') return undefined;
    throw error;
  });
  const limit = Number(config?.[limitName]);
  if (!Number.isInteger(limit)) return [];
  return [{ name: limitName, value: String(Math.min(limit + roomForHeaders, largestInt)) }];
}

const limitName = 'max.message.bytes';
/** Kafka's type for it. */
const largestInt = 2_147_483_647;
