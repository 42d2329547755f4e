import { chmodSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import { inject } from 'vitest';
import { removeRunFolder } from './run-folder.ts';

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

/**
 * A folder inside the run's own, for a test that starts servers itself: they are ended and the folder is removed at
 * disposal, or with the whole run when the test is killed. Folders that PostgreSQL is to use as root must lie here.
 */
export function temporaryFolder(): TemporaryFolder {
  const folder = mkdtempSync(path.join(inject('servers').folder, 'own-'));
  chmodSync(folder, 0o755);
  return { path: folder, [Symbol.asyncDispose]: () => removeRunFolder(folder) };
}
