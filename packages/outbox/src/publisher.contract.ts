import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OutgoingMessage, Publisher } from './publisher.ts';

/** A message as a reader finds it. */
export interface StoredMessage extends OutgoingMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** A publisher, and the other end of it: what is needed to judge whether it told the truth. */
export interface PublisherWorld extends AsyncDisposable {
  /** Another one to the same topics; the test closes it. */
  openPublisher(): Publisher;
  /** Makes a topic that can be written at once. Its batches are limited to `maxMessageBytes`, default 1 MB. */
  createTopic(options: {
    readonly name: string;
    readonly partitions: number;
    readonly maxMessageBytes?: number;
  }): Promise<void>;
  /** A topic from its beginning until `count` messages have come; in order per partition. */
  read(topic: string, count: number): Promise<readonly StoredMessage[]>;
  /** A name that no topic has. */
  unusedName(): string;
}

/**
 * What the relay relies on, whoever publishes for it. Run it over an adapter of your own; what its server does when it
 * is away, frozen or restarted is for tests beside the adapter, and with it what the lease rests on: `publish` settles
 * within the relay's `sendTimeoutMs`, and sends nothing later.
 */
export function describePublisher(name: string, openWorld: () => Promise<PublisherWorld>): void {
  describe(`${name} as a publisher`, () => {
    let world: PublisherWorld;
    let publisher: Publisher;
    beforeAll(async () => {
      world = await openWorld();
      publisher = world.openPublisher();
    });
    afterAll(async () => {
      await publisher.close();
      await world[Symbol.asyncDispose]();
    });

    async function createTopic(partitions: number, maxMessageBytes = 1_000_000): Promise<string> {
      const topic = world.unusedName();
      await world.createTopic({ name: topic, partitions, maxMessageBytes });
      return topic;
    }

    test('puts a batch byte for byte, in order, into the named partition, and says where', async () => {
      const topic = await createTopic(3);
      const odd = [
        { key: 'größer ☃ 鍵 🔑', value: '', headers: { ce_id: '1', empty: '' } },
        { key: '', value: '{ "not":  "reformatted"\n}', headers: {} },
      ];

      const first = await publisher.publish({ topic, partition: 2, messages: [...numbered('a', 3), ...odd] });
      const second = await publisher.publish({ topic, partition: 2, messages: numbered('b', 2) });

      expect([first.baseOffset, second.baseOffset]).toEqual([0n, 5n]);
      expect(await world.read(topic, 7)).toEqual(
        [...numbered('a', 3), ...odd, ...numbered('b', 2)].map((message, i) => ({
          ...message,
          topic,
          partition: 2,
          offset: BigInt(i),
        })),
      );
    });

    test('keeps the answers of many partitions apart when they are under way together', async () => {
      const topic = await createTopic(8);
      const partitions = [0, 1, 2, 3, 4, 5, 6, 7];
      const rounds = 5;
      const sizeOf = (partition: number): number => 1 + partition * 7;

      for (let round = 0; round < rounds; round += 1) {
        const receipts = await Promise.all(
          partitions.map((partition) =>
            publisher.publish({
              topic,
              partition,
              messages: numbered(`${partition}-${round}`, sizeOf(partition)),
            }),
          ),
        );
        expect(receipts.map(({ baseOffset }) => baseOffset)).toEqual(
          partitions.map((partition) => BigInt(round * sizeOf(partition))),
        );
      }

      const total = rounds * partitions.map(sizeOf).reduce((a, b) => a + b);
      for (const { partition, offset, key } of await world.read(topic, total)) {
        const round = Math.floor(Number(offset) / sizeOf(partition));
        expect(key).toBe(`${partition}-${round}-${Number(offset) % sizeOf(partition)}`);
      }
    });

    test('lets a good partition be written while a neighbour is refused in the same moment', async () => {
      const topic = await createTopic(2, 2_000);

      const [good, bad] = await Promise.allSettled([
        publisher.publish({ topic, partition: 0, messages: numbered('good', 2) }),
        publisher.publish({ topic, partition: 1, messages: [ofSize(3_000)] }),
      ]);

      expect(good).toMatchObject({ status: 'fulfilled', value: { baseOffset: 0n } });
      expect(bad).toMatchObject({
        status: 'rejected',
        reason: {
          name: expect.stringContaining('PublishError'),
          reach: 'answered',
          code: 'MESSAGE_TOO_LARGE',
        },
      });
    });

    test('writes all of a batch or nothing: one too large together is refused as one', async () => {
      const topic = await createTopic(1, 2_000);
      const tooLarge = { topic, partition: 0, messages: [ofSize(1_200), ofSize(1_200)] };

      await expect(publisher.publish(tooLarge)).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
      const halves = [];
      for (const message of tooLarge.messages) {
        halves.push(await publisher.publish({ ...tooLarge, messages: [message] }));
      }

      expect(halves.map(({ baseOffset }) => baseOffset)).toEqual([0n, 1n]);
    });

    test('names an unknown topic, makes none, and publishes once it exists', async () => {
      const topic = world.unusedName();
      const batch = { topic, partition: 0, messages: numbered('late', 1) };
      const unknown = { reach: 'answered', code: 'UNKNOWN_TOPIC_OR_PARTITION' };

      await expect(publisher.publish(batch)).rejects.toMatchObject(unknown);
      await expect(publisher.probe(topic)).rejects.toMatchObject(unknown);

      await world.createTopic({ name: topic, partitions: 1 });
      await publisher.probe(topic);
      await expect(publisher.publish(batch)).resolves.toEqual({ baseOffset: 0n });
    });

    test('refuses a partition that the topic lacks, and puts the batch into no other', async () => {
      const topic = await createTopic(2);

      await expect(
        publisher.publish({ topic, partition: 2, messages: numbered('nowhere', 1) }),
      ).rejects.toMatchObject({ reach: 'answered', code: 'UNKNOWN_TOPIC_OR_PARTITION' });
      const receipts = await Promise.all(
        [0, 1].map((partition) => publisher.publish({ topic, partition, messages: numbered('y', 1) })),
      );

      expect(receipts).toEqual([{ baseOffset: 0n }, { baseOffset: 0n }]);
    });

    test('refuses an empty batch, which no answer could place', async () => {
      const topic = await createTopic(1);
      await expect(publisher.publish({ topic, partition: 0, messages: [] })).rejects.toThrow(RangeError);
    });

    test('publishes nothing once it is closed, and may be closed twice', async () => {
      const topic = await createTopic(1);
      const closed = world.openPublisher();
      await closed.publish({ topic, partition: 0, messages: numbered('before', 1) });
      await closed.close();
      await closed.close();

      const refused = { reach: 'unreachable', code: 'PUBLISHER_CLOSED' };
      await expect(
        closed.publish({ topic, partition: 0, messages: numbered('after', 1) }),
      ).rejects.toMatchObject(refused);
      await expect(closed.probe(topic)).rejects.toMatchObject(refused);
      await expect(
        publisher.publish({ topic, partition: 0, messages: numbered('next', 1) }),
      ).resolves.toEqual({ baseOffset: 1n });
    });
  });
}

function numbered(prefix: string, count: number): OutgoingMessage[] {
  return Array.from({ length: count }, (_, i) => ({
    key: `${prefix}-${i}`,
    value: `{"text":"größer ☃ ${prefix} ${i}"}`,
    headers: { ce_id: `${prefix}-${i}:1`, 'content-type': 'application/json', empty: '' },
  }));
}

function ofSize(bytes: number): OutgoingMessage {
  return { key: 'k', value: 'x'.repeat(bytes), headers: {} };
}
