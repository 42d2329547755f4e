import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { InMemoryBroker, InMemoryPublisher } from './in-memory-publisher.ts';
import { describePublisher } from './publisher.contract.ts';

describePublisher('the one in memory', async () => {
  const broker = new InMemoryBroker();
  return {
    openPublisher: () => new InMemoryPublisher(broker),
    createTopic: async ({ name, partitions, maxMessageBytes = 1_000_000 }) =>
      broker.createTopic(name, { partitions, maxBatchBytes: maxMessageBytes }),
    read: async (topic) => broker.read(topic),
    unusedName: () => randomUUID(),
    [Symbol.asyncDispose]: async () => {},
  };
});

test('a broker in memory can be away and come back', async () => {
  const broker = new InMemoryBroker();
  broker.createTopic('t', { partitions: 1 });
  const publisher = new InMemoryPublisher(broker);
  const batch = { topic: 't', partition: 0, messages: [{ key: 'k', value: 'v', headers: {} }] };
  broker.goAway('ECONNREFUSED');

  const refused = { reach: 'unreachable', code: 'ECONNREFUSED' };
  await expect(publisher.publish(batch)).rejects.toMatchObject(refused);
  await expect(publisher.probe('t')).rejects.toMatchObject(refused);
  broker.comeBack();

  await expect(publisher.publish(batch)).resolves.toEqual({ baseOffset: 0n });
  broker.deleteTopic('t');
  await expect(publisher.publish(batch)).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
});
