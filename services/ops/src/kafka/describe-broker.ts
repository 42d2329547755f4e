import { describeTopics, KafkaRequestError, type KafkaSettings, type Log } from '@waybill/kafka';
import type { BrokerFacts } from '@waybill/outbox/operations';

const ignore = (): void => {};
/** kafkajs' own lines: what matters of them is in the error. */
export const silent: Log = { debug: ignore, info: ignore, warn: ignore };

/** Asks Kafka for these topics; that it does not answer is an answer too. */
export async function describeBroker(
  settings: KafkaSettings,
  topics: readonly string[],
): Promise<BrokerFacts> {
  const place = settings.brokers.join(', ');
  try {
    return { state: 'answers', topics: await describeTopics(settings, topics, silent) };
  } catch (error) {
    if (!(error instanceof KafkaRequestError)) throw error;
    const { code, reach } = error;
    return { state: reach === 'unreachable' ? 'unreachable' : 'refuses', place, code };
  }
}
