import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const beatMs = 1_000;
/** A living holder touches the file every second; 20 missed beats are a killed one, not a slow disk. */
const staleAfterMs = 20_000;

/**
 * Runs `work` while holding the lock file, so that two installs at once do not delete each other's files. Waits for
 * a holder that lives; the lock of a killed one is taken over.
 *
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {() => void} onWait called once when there is somebody to wait for
 * @template T
 */
export async function withLock(file, work, onWait) {
  const token = randomUUID();
  mkdirSync(path.dirname(file), { recursive: true });
  for (let waited = false; !tryTake(file, token); waited = true) {
    if (!waited) onWait();
    await delay(200);
    if (ageOf(file) > staleAfterMs) rmSync(file, { force: true });
  }
  const beat = setInterval(() => touch(file), beatMs);
  const release = () => {
    if (holderOf(file) === token) rmSync(file, { force: true });
  };
  // Ctrl-C must not make the next start wait for a lock that nobody holds.
  const interrupted = () => process.exit(130);
  process.once('exit', release).once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    release();
    process.off('exit', release).off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}

function tryTake(file, token) {
  try {
    writeFileSync(file, token, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function ageOf(file) {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? 0 : Date.now() - stat.mtimeMs;
}

function touch(file) {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // somebody removed it by hand: the work goes on, and there is nothing left to keep fresh
  }
}

function holderOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // gone: then it is nobody's
  }
}
