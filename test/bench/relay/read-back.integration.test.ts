import { Admin, ProduceAcks, Producer, stringSerializers } from '@platformatic/kafka';
import { expect, inject, it } from 'vitest';
import { freshName } from './ground.ts';
import { readBack } from './read-back.ts';

it('the reader of the bench tells what is in order, repeated and too early, key by key', async () => {
  const bootstrapBrokers = inject('servers').kafkaBrokers;
  const topic = freshName();
  const admin = new Admin({ clientId: 'test', bootstrapBrokers });
  await admin.createTopics({ topics: [topic], partitions: 2, replicas: 1 });
  await admin.close();
  const producer = new Producer({ clientId: 'test', bootstrapBrokers, serializers: stringSerializers });
  const record = (partition: number, key: string, version: number) => ({
    topic,
    partition,
    key,
    value: '',
    headers: { ce_orderversion: String(version) },
  });
  // A request for each partition: one for both is sent again as a whole when one of them has no leader yet.
  for (const messages of [
    [record(0, 'a', 1), record(0, 'b', 1), record(0, 'a', 2), record(0, 'a', 2)],
    [record(1, 'c', 1), record(1, 'c', 3), record(1, 'c', 2)],
  ]) {
    await producer.send({ acks: ProduceAcks.ALL, messages });
  }
  await producer.close();

  expect(await readBack(bootstrapBrokers, topic)).toEqual({ records: 7, inOrder: 5, repeated: 1, early: 1 });
});
