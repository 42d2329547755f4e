import { wait } from '@waybill/retry';
import kafkajs, { type Admin } from 'kafkajs';
import { withAdmin } from './admin.ts';
import { KafkaRequestError } from './failure.ts';
import type { Log } from './log.ts';
import type { KafkaSettings } from './settings.ts';

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** Kafka's own names and spellings. */
  readonly config: Readonly<Record<string, string>>;
}

export interface EnsuredTopics {
  /** Those that did not exist before. */
  readonly created: readonly string[];
}

/** Topics exist in another form than wanted. Nothing was altered: what to do is for somebody who knows why. */
export class TopicMismatchError extends Error {
  readonly code = 'TOPIC_MISMATCH';
  readonly differences: readonly string[];

  constructor(differences: readonly string[]) {
    super(
      `${differences.join('; ')}. Nothing was altered: set the configuration back, add partitions up to the number ` +
        'wanted, or, where there are more, use a new topic (Kafka takes none away).',
    );
    this.name = 'TopicMismatchError';
    this.differences = differences;
  }
}

/** Longest wait in ms until the leaders of new topics serve them. */
const readyLimitMs = 15_000;

/**
 * Creates the topics that do not exist, with the cluster's default replication, and resolves when all of them can be
 * written. Two callers at once do no harm.
 *
 * @throws TopicMismatchError when one exists with another number of partitions or another configuration
 * @throws KafkaRequestError when the cluster does not answer or refuses
 */
export async function ensureTopics(
  settings: KafkaSettings,
  topics: readonly TopicSpec[],
  logger: Log,
): Promise<EnsuredTopics> {
  try {
    return await withAdmin(settings, logger, async (admin) => {
      const created = await createMissing(admin, topics);
      const differences = await Promise.all(topics.map((topic) => differencesOf(admin, topic)));
      if (differences.flat().length > 0) throw new TopicMismatchError(differences.flat());
      await Promise.all(topics.map(({ name }) => untilServed(admin, name)));
      return { created };
    });
  } catch (error) {
    if (error instanceof TopicMismatchError) throw error;
    throw new KafkaRequestError(`Preparing ${topics.map(({ name }) => name).join(', ')}`, error);
  }
}

async function createMissing(admin: Admin, topics: readonly TopicSpec[]): Promise<string[]> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter(({ name }) => !existing.has(name));
  const created: string[] = [];
  for (const { name, partitions, config } of missing) {
    const configEntries = Object.entries(config).map(([key, value]) => ({ name: key, value }));
    // Resolves with false when somebody else was faster; the comparison follows either way.
    const made = await admin.createTopics({
      topics: [{ topic: name, numPartitions: partitions, replicationFactor: -1, configEntries }],
      waitForLeaders: false,
    });
    if (made) created.push(name);
  }
  return created;
}

async function differencesOf(admin: Admin, { name, partitions, config }: TopicSpec): Promise<string[]> {
  const actual = await untilKnown(() => admin.fetchTopicMetadata({ topics: [name] }));
  const count = actual.topics[0]?.partitions.length;
  const wrongCount =
    count === partitions ? [] : [`${name} has ${count} partitions, ${partitions} are wanted`];
  const names = Object.keys(config);
  if (names.length === 0) return wrongCount;
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames: names }],
  });
  const entries = resources[0]?.configEntries ?? [];
  const wrongConfig = Object.entries(config).flatMap(([key, wanted]) => {
    const value = entries.find(({ configName }) => configName === key)?.configValue;
    return value === wanted ? [] : [`${name} has ${key}=${value ?? '(nothing)'}, ${wanted} is wanted`];
  });
  return [...wrongCount, ...wrongConfig];
}

/** A new topic's leaders are in the metadata a little before they know of it themselves. */
async function untilServed(admin: Admin, topic: string): Promise<void> {
  await untilKnown(() => admin.fetchTopicOffsets(topic));
}

async function untilKnown<T>(ask: () => Promise<T>): Promise<T> {
  const limit = AbortSignal.timeout(readyLimitMs);
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const { retriable } = new KafkaRequestError('', error);
      if (!retriable || limit.aborted) throw error;
      await wait(50, limit);
    }
  }
}
