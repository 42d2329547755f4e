import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { LocalServerError } from './local-server.ts';

/**
 * Below Linux's ephemeral range (32768–60999): a port from there may become the local end of somebody's outgoing
 * connection in the seconds that a server needs to start.
 */
const lowest = 20_000;
const highest = 32_000;

const handedOut = new Set<number>();

/** Whether nobody listens on 127.0.0.1:`port` now. */
export async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/**
 * A port of 127.0.0.1 that nobody listens on and that this process did not hand out before.
 *
 * @throws LocalServerError NO_FREE_PORT after 200 tries
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(lowest, highest);
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    if (await isFree(port)) return port;
  }
  throw new LocalServerError('NO_FREE_PORT', `no free port between ${lowest} and ${highest} on 127.0.0.1`);
}

/**
 * `preferred`, or the next free port above it that this process did not hand out before.
 *
 * @throws LocalServerError NO_FREE_PORT when 100 ports in a row are taken
 */
export async function portFrom(preferred: number): Promise<number> {
  for (let port = preferred; port < preferred + 100; port += 1) {
    if (handedOut.has(port)) continue;
    handedOut.add(port); // before the look, so that two who look at once do not take the same
    if (await isFree(port)) return port;
  }
  throw new LocalServerError('NO_FREE_PORT', `no free port between ${preferred} and ${preferred + 99}`);
}
