import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { LocalServerError, type Progress } from '../local-server.ts';
import { cacheDir } from '../repository-root.ts';

const run = promisify(execFile);

export interface PgbouncerBinary {
  readonly command: string;
  readonly env: NodeJS.ProcessEnv;
  /** For example `PgBouncer 1.18.0 from Debian`. */
  readonly how: string;
}

/**
 * The pooler on the PATH, else the one in Debian's package, unpacked beside the other downloads and not installed.
 *
 * @throws LocalServerError MISSING_TOOL when there is neither, DOWNLOAD_FAILED with apt's own words
 */
export async function pgbouncerBinary(progress: Progress): Promise<PgbouncerBinary> {
  const installed = versionOf('pgbouncer', process.env);
  if (installed !== undefined) {
    return { command: 'pgbouncer', env: process.env, how: `${installed} from the PATH` };
  }
  const files = path.join(cacheDir, 'debian-pgbouncer');
  if (!existsSync(files)) await fetchPackages(files, progress);
  const libraries = path.join(files, 'usr', 'lib');
  const folders = [libraries, ...readdirSync(libraries).map((folder) => path.join(libraries, folder))];
  const env = { ...process.env, LD_LIBRARY_PATH: folders.join(':') };
  const command = path.join(files, 'usr', 'sbin', 'pgbouncer');
  const version = versionOf(command, env);
  if (version === undefined) throw missing();
  return { command, env, how: `${version} from Debian` };
}

async function fetchPackages(final: string, progress: Progress): Promise<void> {
  mkdirSync(cacheDir, { recursive: true });
  const staging = mkdtempSync(path.join(cacheDir, 'fetching-pgbouncer-'));
  try {
    progress('Fetching PgBouncer from Debian (once)');
    // All else that it needs is part of a system that has npm's PostgreSQL running.
    await run('apt-get', ['download', 'pgbouncer', 'libc-ares2'], { cwd: staging });
    const files = path.join(staging, 'files');
    for (const name of readdirSync(staging).filter((entry) => entry.endsWith('.deb'))) {
      await run('dpkg-deb', ['-x', path.join(staging, name), files]);
    }
    renameSync(files, final);
  } catch (cause) {
    if (existsSync(final)) return; // another start was faster with the same files
    if (spawnSync('apt-get', ['--version']).status !== 0) throw missing();
    throw new LocalServerError('DOWNLOAD_FAILED', `PgBouncer could not be fetched: ${String(cause)}`, {
      cause,
    });
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function missing(): LocalServerError {
  return new LocalServerError('MISSING_TOOL', 'no PgBouncer runs here: install the package pgbouncer');
}

function versionOf(command: string, env: NodeJS.ProcessEnv): string | undefined {
  const answer = spawnSync(command, ['--version'], { encoding: 'utf8', env });
  return answer.status === 0 ? answer.stdout.split('\n')[0] : undefined;
}
