import { statfs } from 'node:fs/promises';
import { KafkaRequestError, type KafkaSettings } from '@waybill/kafka';
import { readBrokerDisks } from '@waybill/kafka/platformatic';
import type { Disk, Unchecked } from '@waybill/outbox/operations';

export interface FoundDisks {
  readonly disks: readonly Disk[];
  readonly unchecked: readonly Unchecked[];
}

const here = new Set(['localhost', '127.0.0.1', '[::1]', '']);

/** The database's and the brokers', as far as they can be known from here. */
export async function readDisks(
  databaseUrl: string,
  dataDirectory: string | null,
  kafka: KafkaSettings,
  topics: readonly string[],
): Promise<FoundDisks> {
  const [database, brokers] = await Promise.all([
    readDatabaseDisk(databaseUrl, dataDirectory),
    readKafkaDisks(kafka, topics),
  ]);
  return {
    disks: [...database.disks, ...brokers.disks],
    unchecked: [...database.unchecked, ...brokers.unchecked],
  };
}

/**
 * The database's disk, where it is one of this host's: PostgreSQL itself tells nobody how much is free.
 *
 * @param databaseUrl tells whether the database is on this host
 */
async function readDatabaseDisk(databaseUrl: string, dataDirectory: string | null): Promise<FoundDisks> {
  const check = 'the database’s disk';
  const unknown = (why: string) => ({ disks: [], unchecked: [{ check, why }] });
  // A folder with a socket is one of this host.
  const hostname = databaseUrl.startsWith('/') ? '' : URL.parse(databaseUrl)?.hostname;
  if (hostname === undefined) return unknown('its address does not say on which host it is');
  if (!here.has(hostname)) return unknown(`${hostname} is another host`);
  if (dataDirectory === null) return unknown('the schema’s owner is no member of pg_read_all_settings');
  try {
    const { bavail, blocks, bsize } = await statfs(dataDirectory);
    const disk = { name: 'The database’s disk', freeBytes: bavail * bsize, totalBytes: blocks * bsize };
    return { disks: [disk], unchecked: [] };
  } catch (error) {
    return unknown(error instanceof Error ? error.message : String(error));
  }
}

/** The brokers' disks. That Kafka does not answer is found elsewhere. */
async function readKafkaDisks(kafka: KafkaSettings, topics: readonly string[]): Promise<FoundDisks> {
  try {
    const disks = await readBrokerDisks(kafka, topics);
    return {
      disks: disks.map(({ broker, folder, freeBytes, totalBytes }) => ({
        name: `The disk of broker ${broker} (${folder})`,
        freeBytes,
        totalBytes,
      })),
      unchecked: [],
    };
  } catch (error) {
    if (!(error instanceof KafkaRequestError)) throw error;
    if (error.reach === 'unreachable') return { disks: [], unchecked: [] };
    return { disks: [], unchecked: [{ check: 'the brokers’ disks', why: error.code }] };
  }
}
