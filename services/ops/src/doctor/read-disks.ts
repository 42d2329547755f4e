import { statfs } from 'node:fs/promises';
import type { Disk, Unchecked } from '@waybill/outbox/operations';

const here = new Set(['localhost', '127.0.0.1', '[::1]', '']);

/**
 * The database's disk, where it is one of this host's: PostgreSQL itself tells nobody how much is free.
 *
 * @param databaseUrl tells whether the database is on this host
 */
export async function readDatabaseDisk(
  databaseUrl: string,
  dataDirectory: string | null,
): Promise<{ disks: readonly Disk[]; unchecked: readonly Unchecked[] }> {
  const check = 'the database’s disk';
  const unknown = (why: string) => ({ disks: [], unchecked: [{ check, why }] });
  const { hostname } = new URL(databaseUrl);
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
