import kafkajs, { type Admin } from 'kafkajs';
import { withAdmin } from './admin.ts';
import { KafkaRequestError } from './failure.ts';
import type { Log } from './log.ts';
import type { KafkaSettings } from './settings.ts';

/** What Kafka tells of one topic. */
export type TopicDescription =
  | {
      readonly state: 'present';
      readonly partitions: number;
      /** Partitions that nobody leads: they can be neither written nor read. */
      readonly leaderless: readonly number[];
      /** Its configuration, by Kafka's names; undefined when we may not see it. */
      readonly config: Readonly<Record<string, string>> | undefined;
    }
  | { readonly state: 'missing' }
  | { readonly state: 'not authorized'; readonly code: string }
  | { readonly state: 'unknown'; readonly code: string };

/**
 * Asks for each topic by itself, so that what is wrong with one hides nothing of the others. Creates nothing.
 *
 * @throws KafkaRequestError when the cluster does not answer or does not let us in
 */
export async function describeTopics(
  settings: KafkaSettings,
  topics: readonly string[],
  logger: Log,
): Promise<ReadonlyMap<string, TopicDescription>> {
  try {
    return await withAdmin(settings, logger, async (admin) => {
      const described = new Map<string, TopicDescription>();
      for (const topic of topics) described.set(topic, await describe(admin, topic));
      return described;
    });
  } catch (error) {
    throw error instanceof KafkaRequestError ? error : new KafkaRequestError('Describing topics', error);
  }
}

async function describe(admin: Admin, topic: string): Promise<TopicDescription> {
  try {
    const metadata = await admin.fetchTopicMetadata({ topics: [topic] });
    const partitions = metadata.topics[0]?.partitions ?? [];
    return {
      state: 'present',
      partitions: partitions.length,
      leaderless: partitions
        .filter(({ leader }) => leader < 0)
        .map(({ partitionId }) => partitionId)
        .sort((a, b) => a - b),
      config: await configOf(admin, topic),
    };
  } catch (error) {
    const failure = new KafkaRequestError(`Describing ${topic}`, error);
    if (failure.reach === 'unreachable') throw failure;
    const { code } = failure;
    if (code === 'UNKNOWN_TOPIC_OR_PARTITION' || code === 'INVALID_TOPIC_EXCEPTION') {
      return { state: 'missing' };
    }
    return code.endsWith('_AUTHORIZATION_FAILED')
      ? { state: 'not authorized', code }
      : { state: 'unknown', code };
  }
}

/**
 * A topic's configuration, by Kafka's names; undefined when we may not see it.
 *
 * @throws kafkajs' own errors
 */
export async function configOf(admin: Admin, topic: string): Promise<Record<string, string> | undefined> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
    });
    const entries = resources[0]?.configEntries ?? [];
    return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]));
  } catch (error) {
    const failure = new KafkaRequestError(`Describing ${topic}`, error);
    // To write to a topic and to see its configuration are different rights (KIP-133).
    if (failure.code.endsWith('_AUTHORIZATION_FAILED')) return undefined;
    throw error;
  }
}
