import { Admin } from '@platformatic/kafka';
import { topics } from '@waybill/contracts';
import { expect, test } from 'vitest';
import { recreateTopic } from '../../../../test/relay/recreate-topic.ts';
import {
  backOff,
  findings,
  healthy,
  leftAfterTheMend,
  published,
  WARD_PARTITIONS as PARTITIONS,
  type Ward,
  ward,
  wardLimit,
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

test('a topic that is deleted: named, and not that its lanes back off', wardLimit, async () => {
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

test(
  'a topic that is too narrow: named, and not that the lane without a partition backs off',
  wardLimit,
  async () => {
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
        what: `${bench.topic} has ${PARTITIONS - 1} partitions instead of ${PARTITIONS}. Events of ${bench.topic}/${PARTITIONS - 1} wait in the outbox; other partitions flow on.`,
        remedy: `Widen it to ${PARTITIONS} partitions, which moves no key; the relay goes on by itself.`,
      }),
    ]);

    await widen(now, PARTITIONS);
    expect(await leftAfterTheMend(now)).toEqual([]);
  },
);

test('a topic that is too wide', wardLimit, async () => {
  await using now = await ward();
  const { bench } = now;
  await healthy(now);
  await widen(now, PARTITIONS + 1);
  await now.write();
  await published(now);
  expect(await findings(now)).toEqual([
    expect.objectContaining({
      cause: 'TOPIC_SETTINGS',
      subject: bench.topic,
      what: `${bench.topic} has ${PARTITIONS + 1} partitions instead of ${PARTITIONS}.`,
      remedy: `Kafka takes no partition away, and the relay uses the first ${PARTITIONS} as before: for more partitions use a new topic.`,
    }),
  ]);

  await recreateTopic(bench);
  await now.write();
  expect(await leftAfterTheMend(now)).toEqual([]);
});

test('a topic whose settings are changed, one and all', wardLimit, async () => {
  const config = topics[0]?.config ?? {};
  await using now = await ward(config);
  const { bench, administration } = now;
  const set = async (settings: Readonly<Record<string, string>>): Promise<void> => {
    for (const setting of Object.entries(settings))
      await administration.setTopicConfig(bench.topic, ...setting);
  };
  /** A relay publishes to it as it is set now. */
  const setAtWork = async (settings: Readonly<Record<string, string>>): Promise<void> => {
    await set(settings);
    await now.write();
    await published(now);
  };
  const namedFor = (what: string) => [
    expect.objectContaining({
      cause: 'TOPIC_SETTINGS',
      subject: bench.topic,
      what: `${bench.topic} has ${what}.`,
      remedy: 'Set the configuration back.',
    }),
  ];
  await set(config);
  await healthy(now);

  await setAtWork({ 'cleanup.policy': 'compact' });
  expect(await findings(now)).toEqual(namedFor('cleanup.policy=compact instead of delete'));
  await setAtWork({ 'retention.ms': '86400000' });
  expect(await findings(now)).toEqual(
    namedFor('cleanup.policy=compact instead of delete, retention.ms=86400000 instead of -1'),
  );
  await setAtWork({ 'cleanup.policy': 'delete' });
  expect(await findings(now)).toEqual(namedFor('retention.ms=86400000 instead of -1'));

  await setAtWork(config);
  expect(await leftAfterTheMend(now)).toEqual([]);
});
