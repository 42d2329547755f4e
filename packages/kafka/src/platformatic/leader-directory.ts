import type { Broker } from '@platformatic/kafka';
import { answeredFailure } from '../failure.ts';
import { KafkaPublishError } from '../publish-error.ts';
import type { KafkaSettings } from '../settings.ts';
import { BrokerLink } from './broker-link.ts';
import { metadataV12, parseBroker, ResponseError } from './client-parts.ts';

/** Where a topic's partitions are led, or the number of the error that keeps one from being led. */
export type TopicLeaders = ReadonlyMap<number, Broker | { readonly kafkaCode: number }>;

type MetadataResponse = ReturnType<typeof metadataV12.parseResponse>;

/** Kafka's number of LEADER_NOT_AVAILABLE. */
const leaderNotAvailable = 5;

/** Asks any broker who leads the partitions of a topic. */
export class LeaderDirectory {
  readonly #settings: KafkaSettings;
  /** `host:port` of the brokers that the last answer named: those of the settings may all have moved. */
  #learned: readonly string[] = [];
  #asked = 0;

  constructor(settings: KafkaSettings) {
    this.#settings = settings;
  }

  /**
   * Brokers are asked in turn, each on a connection of its own, until one answers: one that is frozen or gone does not
   * stand for the cluster, and is not the first again the next time.
   *
   * @param limitMs for all of them together
   * @throws KafkaPublishError when a broker says that there is no such topic, or that it is not ours to know
   * @throws the last broker's error, and the signal's reason
   */
  async ask(topic: string, limitMs: number, signal: AbortSignal): Promise<TopicLeaders> {
    const brokers = [...new Set([...this.#settings.brokers, ...this.#learned])];
    const first = this.#asked % this.#settings.brokers.length;
    this.#asked += 1;
    const requestTimeoutMs = Math.ceil(limitMs / brokers.length);
    let failure: unknown;
    for (const address of [...brokers.slice(first), ...brokers.slice(0, first)]) {
      try {
        const link = await BrokerLink.open(
          parseBroker(address),
          { ...this.#settings, requestTimeoutMs },
          signal,
        );
        try {
          return this.#read(topic, await askOne(link, topic, signal));
        } finally {
          link.close();
        }
      } catch (error) {
        if (signal.aborted || error instanceof KafkaPublishError) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  #read(topic: string, { brokers, topics }: MetadataResponse): TopicLeaders {
    const byId = new Map(brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
    this.#learned = brokers.map(({ host, port }) => `${host}:${port}`);
    const found = topics.find(({ name }) => name === topic);
    if (found === undefined) throw new Error(`the answer does not mention ${topic}`);
    if (found.errorCode !== 0) {
      throw new KafkaPublishError(`Asking for ${topic}`, answeredFailure(found.errorCode));
    }
    return new Map(
      found.partitions.map(({ partitionIndex, leaderId }) => [
        partitionIndex,
        byId.get(leaderId) ?? { kafkaCode: leaderNotAvailable },
      ]),
    );
  }
}

/** The client rejects an answer in which any partition has an error, and keeps it in the rejection. */
async function askOne(link: BrokerLink, topic: string, signal: AbortSignal): Promise<MetadataResponse> {
  try {
    return await link.request(
      (connection) => metadataV12.api.async(connection, [topic], false, false),
      signal,
    );
  } catch (error) {
    if (error instanceof ResponseError && isMetadata(error.response)) return error.response;
    throw error;
  }
}

function isMetadata(response: unknown): response is MetadataResponse {
  return typeof response === 'object' && response !== null && 'topics' in response && 'brokers' in response;
}
