import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A copy of the repository to break; the work tree stays as it is. Removed at disposal. */
export interface RepositoryCopy extends Disposable {
  readonly folder: string;
}

/**
 * Copies what git tracks or would track. Packages are links to the installed ones, except the workspaces' own: those
 * lead into the copy, or a test would run the unbroken original.
 *
 * @param root the repository
 */
export function copyRepository(root: string): RepositoryCopy {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'waybill-mutants-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    copySources(root, folder);
    linkPackages(root, folder);
    linkDownloads(root, folder);
    // The architecture test asks git what there is; nothing needs to be committed for that.
    execFileSync('git', ['init', '--quiet'], { cwd: folder });
  } catch (error) {
    remove();
    throw error;
  }
  return { folder, [Symbol.dispose]: remove };
}

function copySources(root: string, folder: string): void {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  for (const path of new Set(listed.split('\0'))) {
    if (path === '' || !existsSync(join(root, path))) continue;
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    cpSync(join(root, path), join(folder, path), { verbatimSymlinks: true });
  }
}

/** Of one scope, the workspaces' own, the links are npm's relative ones and are made again inside the copy. */
const ownScope = '@waybill';

function linkPackages(root: string, folder: string): void {
  mkdirSync(join(folder, 'node_modules', ownScope), { recursive: true });
  for (const entry of readdirSync(join(root, 'node_modules'))) {
    if (entry === ownScope || entry === '.vite' || entry === '.vite-temp') continue;
    symlinkSync(join(root, 'node_modules', entry), join(folder, 'node_modules', entry));
  }
  for (const name of readdirSync(join(root, 'node_modules', ownScope))) {
    symlinkSync(
      readlinkSync(join(root, 'node_modules', ownScope, name)),
      join(folder, 'node_modules', ownScope, name),
    );
  }
}

/** The servers of integration tests were downloaded once; a copy uses them too. */
function linkDownloads(root: string, folder: string): void {
  const cache = join(root, '.local', 'cache');
  if (!existsSync(cache)) return;
  mkdirSync(join(folder, '.local'), { recursive: true });
  symlinkSync(cache, join(folder, '.local', 'cache'));
}
