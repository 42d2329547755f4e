import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type PublishBatch,
  PublishError,
  type Publisher,
  type PublishReceipt,
} from '@waybill/outbox/publisher';

/** Publishes into files: a topic is a folder, a partition a file in it, an event a line. */
export class JournalPublisher implements Publisher {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async publish({ topic, partition, messages }: PublishBatch): Promise<PublishReceipt> {
    await this.probe(topic);
    const path = join(this.#folder, topic, `${partition}.jsonl`);
    await using file = await open(path, 'a');
    const before = await readFile(path, 'utf8');
    await file.appendFile(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
    await file.sync(); // acknowledged means that it survives
    return { baseOffset: BigInt(before.split('\n').length - 1) };
  }

  async probe(topic: string): Promise<void> {
    try {
      await stat(join(this.#folder, topic));
    } catch (cause) {
      throw new PublishError(`no folder ${topic}`, 'answered', 'UNKNOWN_TOPIC_OR_PARTITION', { cause });
    }
  }

  async close(): Promise<void> {}
}
