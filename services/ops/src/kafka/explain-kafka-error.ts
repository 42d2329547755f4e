import { KafkaRequestError, type KafkaSettings } from '@waybill/kafka';
import { OperatorError } from '../operator-error.ts';

/** @throws OperatorError KAFKA_UNREACHABLE or KAFKA_REFUSED where `work` met Kafka's failure; else what `work` throws */
export async function sayingWhatKafkaRefuses<T>(
  { brokers }: KafkaSettings,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof KafkaRequestError)) throw error;
    if (error.reach === 'unreachable') {
      throw new OperatorError(`Kafka does not answer at ${brokers.join(', ')} (${error.code}).`, {
        code: 'KAFKA_UNREACHABLE',
        cause: error,
      });
    }
    throw new OperatorError(`${error.message.replace(/\.$/, '')}.`, { code: 'KAFKA_REFUSED', cause: error });
  }
}
