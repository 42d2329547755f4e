import {
  type OutgoingMessage,
  PublishError,
  type Publisher,
  type PublishBatch,
  type PublishReceipt,
} from './publisher.ts';
import type { StoredMessage } from './publisher.contract.ts';

/** What a broker allows by default, in bytes. */
const defaultMaxBatchBytes = 1_048_588;

interface Topic {
  readonly partitions: readonly StoredMessage[][];
  readonly maxBatchBytes: number;
}

/** Topics that live as long as the test that made them. It may be shared by many publishers, as a broker is. */
export class InMemoryBroker {
  readonly #topics = new Map<string, Topic>();
  #away: string | undefined;

  createTopic(
    name: string,
    { partitions, maxBatchBytes = defaultMaxBatchBytes }: { partitions: number; maxBatchBytes?: number },
  ): void {
    this.#topics.set(name, { partitions: Array.from({ length: partitions }, () => []), maxBatchBytes });
  }

  deleteTopic(name: string): void {
    this.#topics.delete(name);
  }

  /** Partition by partition, each from its beginning. */
  read(topic: string): readonly StoredMessage[] {
    return this.#topics.get(topic)?.partitions.flat() ?? [];
  }

  /** @param code what a publisher is told until {@link comeBack}, for example `ECONNREFUSED` */
  goAway(code: string): void {
    this.#away = code;
  }

  comeBack(): void {
    this.#away = undefined;
  }

  /** @throws PublishError */
  topic(name: string): Topic {
    if (this.#away !== undefined) {
      throw new PublishError('the broker is away', 'unreachable', this.#away);
    }
    const topic = this.#topics.get(name);
    if (topic === undefined) throw unknown(`there is no topic ${name}`);
    return topic;
  }
}

/**
 * For tests of what is built on the outbox: tells the truth as an adapter must (the contract test runs over it), and
 * needs no server.
 */
export class InMemoryPublisher implements Publisher {
  readonly #broker: InMemoryBroker;
  #isClosed = false;

  constructor(broker: InMemoryBroker) {
    this.#broker = broker;
  }

  async publish({ topic, partition, messages }: PublishBatch): Promise<PublishReceipt> {
    this.#requireOpen();
    if (messages.length === 0) throw new RangeError('A batch needs at least one message');
    const { partitions, maxBatchBytes } = this.#broker.topic(topic);
    const log = partitions[partition];
    if (log === undefined) throw unknown(`${topic} has no partition ${partition}`);
    const bytes = messages.reduce((sum, message) => sum + bytesOf(message), 0);
    if (bytes > maxBatchBytes) {
      throw new PublishError(`${bytes} bytes of ${maxBatchBytes}`, 'answered', 'MESSAGE_TOO_LARGE');
    }
    const baseOffset = BigInt(log.length);
    log.push(
      ...messages.map((message, i) => ({ ...message, topic, partition, offset: baseOffset + BigInt(i) })),
    );
    return { baseOffset };
  }

  async probe(topic: string): Promise<void> {
    this.#requireOpen();
    this.#broker.topic(topic);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new PublishError('the publisher is closed', 'unreachable', 'PUBLISHER_CLOSED');
  }
}

function unknown(sentence: string): PublishError {
  return new PublishError(sentence, 'answered', 'UNKNOWN_TOPIC_OR_PARTITION');
}

function bytesOf({ key, value, headers }: OutgoingMessage): number {
  return [key, value, ...Object.entries(headers).flat()]
    .map((text) => Buffer.byteLength(text))
    .reduce((sum, bytes) => sum + bytes, 0);
}
