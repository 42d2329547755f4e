import { Admin } from '@platformatic/kafka';
import { KafkaRequestError } from '../failure.ts';
import type { KafkaSettings } from '../settings.ts';
import { connectionOptions } from './broker-link.ts';
import { classifyFailure, withCauses } from './failure.ts';

/** A folder in which a broker keeps its logs, and the disk that it is on (KIP-827). */
export interface BrokerDisk {
  readonly broker: number;
  readonly folder: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/**
 * Asks each broker for the folders of its logs. Brokers that do not know a disk's size are left out.
 *
 * @param topics any that exist: which folders are named depends on the broker alone
 * @throws KafkaRequestError
 */
export async function readBrokerDisks(
  settings: KafkaSettings,
  topics: readonly string[],
): Promise<BrokerDisk[]> {
  const [first = ''] = settings.brokers;
  const admin = new Admin({
    ...connectionOptions(settings, first.replace(/:\d+$/, '')),
    clientId: settings.clientId,
    bootstrapBrokers: [...settings.brokers],
    retries: 1,
  });
  try {
    const brokers = await admin.describeLogDirs({
      topics: topics.map((name) => ({ name, partitions: [0] })),
    });
    return brokers.flatMap(({ broker, results }) =>
      results
        .filter(({ totalBytes }) => totalBytes > 0n)
        .map(({ logDir, usableBytes, totalBytes }) => ({
          broker,
          folder: logDir,
          freeBytes: Number(usableBytes),
          totalBytes: Number(totalBytes),
        })),
    );
  } catch (error) {
    throw new KafkaRequestError('Asking for the brokers’ disks', error, classifyFailure(withCauses(error)));
  } finally {
    await admin.close();
  }
}
