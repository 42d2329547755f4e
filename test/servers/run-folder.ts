import { chmodSync, existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { endProcess } from '../../infra/local/leftover.ts';
import { livingProcessOf, writePidFile } from '../../infra/local/process-identity.ts';

const prefix = 'waybill-test-';
const ownerFile = 'owner.pid';

/** Hands the folder of the whole run from `npm test` to the runner that it starts. */
export const runFolderVariable = 'WAYBILL_TEST_FOLDER';

/** Hands a broker from the runner of the mutants to the runs that it starts. */
export const givenKafkaVariable = 'WAYBILL_TEST_KAFKA';

/**
 * A folder for one test run. Everybody may walk through it, because PostgreSQL runs as another user when we are root.
 * It belongs to this process: once that is gone, the next run sweeps it.
 */
export function makeRunFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), prefix));
  chmodSync(folder, 0o755);
  writePidFile(path.join(folder, ownerFile), process.pid);
  return folder;
}

/** Ends every server that still runs in a run's folder and removes the folder. */
export async function removeRunFolder(folder: string): Promise<void> {
  await Promise.all(
    pidFilesIn(folder).map(async (file) => {
      const known = livingProcessOf(file);
      if (known !== undefined) await endProcess(known, { stopSignal: 'SIGINT', limitMs: 2_000 });
    }),
  );
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Removes what runs left behind that were killed before they could. */
export async function sweepDeadRuns(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const folder = path.join(tmpdir(), name);
    if (name.startsWith(prefix) && isAbandoned(folder)) await removeRunFolder(folder);
  }
}

function isAbandoned(folder: string): boolean {
  try {
    const stat = lstatSync(folder);
    if (!stat.isDirectory() || stat.uid !== process.getuid?.()) return false;
    const owner = path.join(folder, ownerFile);
    // Without an owner yet it is being made right now, or was left in that very moment.
    if (!existsSync(owner)) return Date.now() - stat.mtimeMs > 60_000;
    return livingProcessOf(owner) === undefined;
  } catch {
    return false; // removed by another run's sweep in between
  }
}

/** The servers' pid files, those of an `npm start` in a test's own clone too; the run's own is not among them. */
function pidFilesIn(folder: string, depth = 5): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isFile() && entry.name.endsWith('.pid')) return notServers.has(entry.name) ? [] : [file];
    return depth > 0 && entry.isDirectory() && !notSearched.has(entry.name)
      ? pidFilesIn(file, depth - 1)
      : [];
  });
}

/** PostgreSQL's own lock holds its pid in another form. */
const notServers = new Set([ownerFile, 'postmaster.pid']);
const notSearched = new Set(['node_modules', '.git', 'cache']);
