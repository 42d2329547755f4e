import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { isChild, type RunningServer } from '../local-server.ts';
import { livingProcessOf, signalProcess } from '../process-identity.ts';
import { dataDirOf, runDir } from './home.ts';

/** Who waits for whom: each is ended before what it needs. Time in ms that is kept back for each. */
const order: readonly (readonly [name: string, reserveMs: number])[] = [
  ['order-api', 500],
  ['outbox-relay', 500],
  ['jobs', 500],
  ['sales-projection', 500],
  ['Kafka', 2_000],
  ['Redis', 300],
  ['PostgreSQL', 1_000],
];

/**
 * Ends everything in order within `limitMs`: each may take what is left over when those after it keep their share,
 * and is killed when that is used up.
 */
export async function shutDown(
  running: readonly RunningServer[],
  limitMs: number,
  progress: (line: string) => void,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  for (const [index, [name]] of order.entries()) {
    const reserved = order.slice(index + 1).reduce((sum, [, reserveMs]) => sum + reserveMs, 0);
    for (const server of running.filter((one) => one.name === name)) {
      const started = performance.now();
      const outcome = await endWithin(server, deadline - reserved - started);
      progress(`${name} ${outcome} after ${((performance.now() - started) / 1000).toFixed(1)} s`);
    }
  }
}

async function endWithin(server: RunningServer, limitMs: number): Promise<string> {
  let outcome = 'ended';
  const timer = setTimeout(
    () => {
      outcome = 'was killed';
      if (isChild(server)) server.signal('SIGKILL');
    },
    Math.max(0, limitMs),
  );
  try {
    await server.stop();
  } catch (error) {
    outcome = `could not be ended (${error instanceof Error ? error.message : String(error)})`;
  } finally {
    clearTimeout(timer);
  }
  return outcome;
}

/** At once and without order: whatever a pid file of this clone names. Containers are left to Docker. */
export function killEverything(): void {
  for (const folder of [runDir, ...['postgres', 'kafka', 'redis'].map(dataDirOf)]) {
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const known = name.endsWith('.pid') ? livingProcessOf(path.join(folder, name)) : undefined;
      if (known !== undefined) signalProcess(known, 'SIGKILL');
    }
  }
}
