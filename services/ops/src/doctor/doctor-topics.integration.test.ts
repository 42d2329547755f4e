import { Admin } from '@platformatic/kafka';
import { topics } from '@waybill/contracts';
import { expect, test } from 'vitest';
import { settled } from '../../../../test/faults/verdict.ts';
import { recreateTopic } from '../../../../test/relay/recreate-topic.ts';
import {
  backOff,
  findings,
  healthy,
  leftAfterTheMend,
  WARD_PARTITIONS as PARTITIONS,
  type Ward,
  ward,
  wardSettings,
} from './ward.fixture.ts';

/** Topics that somebody changes under a relay at work, and mends. */
async function widen({ bench }: Ward, count: number): Promise<void> {
  const admin = new Admin({ clientId: 'administrator', bootstrapBrokers: [...bench.brokers] });
  try {
    await admin.createPartitions({ topics: [{ name: bench.topic, count }] });
  } finally {
    await admin.close();
  }
}

test('a topic that is deleted: named, and not that its lanes back off', async () => {
  await using now = await ward();
  const { bench, administration } = now;
  await healthy(now);

  await administration.deleteTopic(bench.topic);
  await now.write();
  await backOff(now, PARTITIONS);
  expect(await findings(now)).toEqual([
    expect.objectContaining({
      cause: 'TOPIC_MISSING',
      subject: bench.topic,
      what: `Kafka has no topic ${bench.topic}.`,
    }),
  ]);

  await administration.createTopic(bench.topic, PARTITIONS, 1);
  expect(await leftAfterTheMend(now)).toEqual([]);
});

test('a topic that is too narrow: named, and not that the lane without a partition backs off', async () => {
  await using now = await ward();
  const { bench } = now;
  await recreateTopic({ ...bench, partitions: PARTITIONS - 1 });
  bench.startRelay({ settings: wardSettings });
  await now.write();
  await backOff(now, 1);
  expect(await findings(now)).toEqual([
    expect.objectContaining({
      cause: 'TOPIC_SETTINGS',
      subject: bench.topic,
      what: `${bench.topic} has ${PARTITIONS - 1} partitions instead of ${PARTITIONS}.`,
    }),
  ]);

  await widen(now, PARTITIONS);
  expect(await leftAfterTheMend(now)).toEqual([]);
});

test('a topic that is too wide', async () => {
  await using now = await ward();
  const { bench } = now;
  await healthy(now);
  await widen(now, PARTITIONS + 1);
  await now.write();
  await settled(bench);
  expect(await findings(now)).toEqual([
    expect.objectContaining({
      cause: 'TOPIC_SETTINGS',
      subject: bench.topic,
      what: `${bench.topic} has ${PARTITIONS + 1} partitions instead of ${PARTITIONS}.`,
    }),
  ]);

  await recreateTopic(bench);
  await now.write();
  expect(await leftAfterTheMend(now)).toEqual([]);
});

test.each([
  ['cleanup.policy', 'compact', 'delete'],
  ['retention.ms', '86400000', '-1'],
])('a topic whose %s is %s', async (name, wrong, right) => {
  const config = topics[0]?.config ?? {};
  await using now = await ward(config);
  const { bench, administration } = now;
  for (const wanted of Object.entries(config)) await administration.setTopicConfig(bench.topic, ...wanted);
  await healthy(now);

  await administration.setTopicConfig(bench.topic, name, wrong);
  await now.write();
  await settled(bench);
  expect(await findings(now)).toEqual([
    expect.objectContaining({
      cause: 'TOPIC_SETTINGS',
      subject: bench.topic,
      what: `${bench.topic} has ${name}=${wrong} instead of ${right}.`,
    }),
  ]);

  await administration.setTopicConfig(bench.topic, name, right);
  expect(await leftAfterTheMend(now)).toEqual([]);
});
