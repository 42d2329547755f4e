import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { livingProcessOf, processIdentity, removePidFile } from '../process-identity.ts';

/** Another `npm start` of this clone is running. */
export class AlreadyRunning extends Error {
  constructor(pid: number) {
    super(
      `npm start is running already in this folder (process ${pid}): use that one, or end it with Ctrl-C first`,
    );
    this.name = 'AlreadyRunning';
  }
}

/**
 * Takes the one place that there is for a run of this clone; a killed run's place is free.
 *
 * @returns gives the place back
 * @throws AlreadyRunning
 */
export function takePlace(home: string): () => void {
  mkdirSync(home, { recursive: true });
  const file = path.join(home, 'start.pid');
  for (;;) {
    const other = livingProcessOf(file);
    if (other !== undefined) throw new AlreadyRunning(other.pid);
    removePidFile(file);
    try {
      writeFileSync(file, `${process.pid}\n${processIdentity(process.pid) ?? ''}\n`, { flag: 'wx' });
      return () => removePidFile(file);
    } catch (error) {
      // EEXIST: somebody who starts at the same moment was faster; look who it is.
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}
