import { spawn } from 'node:child_process';
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
import { createInterface } from 'node:readline/promises';
import { LocalServerError, type Progress } from './local-server.ts';
import { cacheDir } from './repository-root.ts';

export interface Download {
  /** What is fetched, for the progress line and the folder's name. */
  readonly name: string;
  readonly pom: string;
  /** Goal and arguments; the files are to lie in `outputDir`. */
  readonly goal: (outputDir: string) => readonly string[];
}

/** Named with its version, so that the same one works here next year. */
export const dependencyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.11.0';

/**
 * Fetches from Maven Central what a pom names, once per content of that pom, and returns the folder. It is filled
 * under another name and renamed, so a killed download leaves no half and two at once do no harm.
 *
 * @throws LocalServerError MISSING_TOOL without Maven, DOWNLOAD_FAILED with Maven's own words
 */
export async function fetchWithMaven(
  download: Download,
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<string> {
  const key = createHash('sha256').update(readFileSync(download.pom)).digest('hex').slice(0, 16);
  const final = path.join(cacheDir, `${download.name}-${key}`);
  if (existsSync(final)) return final;
  mkdirSync(cacheDir, { recursive: true });
  const staging = mkdtempSync(path.join(cacheDir, `fetching-${download.name}-`));
  try {
    progress(`Fetching ${download.name} from Maven Central (once)`);
    copyFileSync(download.pom, path.join(staging, 'pom.xml')); // Maven writes its markers beside the pom
    const files = path.join(staging, 'files');
    await runMaven(download.name, staging, download.goal(files), progress, signal);
    renameSync(files, final);
  } catch (error) {
    if (!existsSync(final)) throw error; // else another start was faster with the same files
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return final;
}

async function runMaven(
  name: string,
  folder: string,
  goal: readonly string[],
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<void> {
  const args = ['-B', '-f', path.join(folder, 'pom.xml'), ...localRepository(folder), ...goal];
  const child = spawn('mvn', args, { stdio: ['ignore', 'pipe', 'pipe'], signal });
  const ended = new Promise<number | Error>((resolve) => {
    child.once('error', resolve);
    child.once('close', (code) => resolve(code ?? 1));
  });
  let complaint = ''; // of the JVM, before Maven can write its own
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const firstError = await followMaven(name, createInterface({ input: child.stdout }), progress);
  const outcome = await ended;
  signal?.throwIfAborted();
  if (outcome instanceof Error) {
    throw new LocalServerError('MISSING_TOOL', 'Maven (mvn) is not on the PATH: install Maven 3.6 or newer', {
      cause: outcome,
    });
  }
  if (outcome !== 0)
    throw new LocalServerError(
      'DOWNLOAD_FAILED',
      `Maven could not fetch ${name}, which it does once and needs Maven Central for: ${firstError || complaint.trim()}`,
    );
}

/** Tells how far it is every two seconds; returns Maven's first own error (what follows it is advice about flags). */
async function followMaven(name: string, lines: AsyncIterable<string>, progress: Progress): Promise<string> {
  let fetched = 0;
  let error = '';
  let nextTellAt = performance.now() + 2_000;
  for await (const line of lines) {
    if (line.includes('Downloaded from')) fetched += 1;
    if (error === '' && line.includes('[ERROR]')) error = line.replace(/^.*\[ERROR\]\s*/, '');
    if (performance.now() < nextTellAt || fetched === 0) continue;
    progress(`Fetching ${name}: ${fetched} files so far`);
    nextTellAt = performance.now() + 2_000;
  }
  return error;
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
