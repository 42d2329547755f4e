import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { LocalServerError, type Progress } from './local-server.ts';
import { cacheDir } from './repository-root.ts';

export interface Download {
  /** What is fetched, for the progress line and the folder's name. */
  readonly name: string;
  readonly pom: string;
  /** Goal and arguments; the files are to lie in `outputDir`. */
  readonly goal: (outputDir: string) => readonly string[];
}

/**
 * Fetches from Maven Central what a pom names, once per content of that pom, and returns the folder. It is filled
 * under another name and renamed, so a killed download leaves no half and two at once do no harm.
 *
 * @throws LocalServerError MISSING_TOOL without Maven, DOWNLOAD_FAILED with Maven's own words
 */
export async function fetchWithMaven(download: Download, progress: Progress): Promise<string> {
  const key = createHash('sha256').update(readFileSync(download.pom)).digest('hex').slice(0, 16);
  const final = path.join(cacheDir, `${download.name}-${key}`);
  if (existsSync(final)) return final;
  mkdirSync(cacheDir, { recursive: true });
  const staging = mkdtempSync(path.join(cacheDir, `fetching-${download.name}-`));
  try {
    progress(`Fetching ${download.name} from Maven Central (once)`);
    copyFileSync(download.pom, path.join(staging, 'pom.xml')); // Maven writes its markers beside the pom
    const files = path.join(staging, 'files');
    await runMaven(staging, download.goal(files));
    renameSync(files, final);
  } catch (error) {
    if (!existsSync(final)) throw error; // else another start was faster with the same files
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return final;
}

async function runMaven(folder: string, goal: readonly string[]): Promise<void> {
  const args = ['-q', '-B', '-f', path.join(folder, 'pom.xml'), ...localRepository(folder), ...goal];
  try {
    await promisify(execFile)('mvn', args, { timeout: 600_000, maxBuffer: 16 * 1024 * 1024 });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
      throw new LocalServerError(
        'MISSING_TOOL',
        'Maven (mvn) is not on the PATH: install Maven 3.6 or newer',
        { cause },
      );
    }
    throw new LocalServerError('DOWNLOAD_FAILED', `Maven could not fetch: ${firstError(cause)}`, { cause });
  }
}

/** Maven's first own error line; what follows it is advice about its flags. */
function firstError(cause: unknown): string {
  const output = cause instanceof Error && 'stdout' in cause ? String(cause.stdout) : String(cause);
  return (
    output
      .split('\n')
      .find((line) => line.includes('[ERROR]'))
      ?.replace(/^.*\[ERROR\]\s*/, '') ?? String(cause)
  );
}

/** Java takes the home folder from the user database, not from HOME; users like nobody have none to write to. */
function localRepository(folder: string): string[] {
  try {
    accessSync(userInfo().homedir, constants.W_OK);
    return [];
  } catch {
    return [`-Dmaven.repo.local=${path.join(folder, 'repository')}`];
  }
}
