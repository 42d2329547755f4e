import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { pidFileOf, startChildServer } from '../child-server.ts';
import { endLeftover } from '../leftover.ts';
import type { LocalServer, StartOptions } from '../local-server.ts';
import { redisBinary } from './binary.ts';
import { redisProcessId } from './probe.ts';

const ending = { stopSignal: 'SIGTERM', limitMs: 3_000 } as const;

/**
 * Starts Redis with an append-only file in `dataDir`. Wiping that file loses nothing but scheduled convenience.
 *
 * @throws LocalServerError
 */
export async function startRedis(options: StartOptions): Promise<LocalServer> {
  const { dataDir, port, progress } = options;
  const { command, how } = await redisBinary(progress, options.signal);
  mkdirSync(dataDir, { recursive: true });
  await endLeftover(pidFileOf({ runDir: dataDir, name: 'Redis' }), 'Redis', ending, progress);
  return startChildServer({
    name: 'Redis',
    how,
    url: `redis://127.0.0.1:${port}`,
    port,
    command,
    args: [...settings(dataDir, port)],
    env: process.env,
    user: undefined,
    runDir: dataDir,
    logFile: options.logFile ?? path.join(dataDir, 'redis.log'),
    ending,
    readyWithinMs: 30_000,
    answers: async (pid) => (await redisProcessId(port)) === pid,
    signal: options.signal,
  });
}

function settings(dataDir: string, port: number): string[] {
  const values = {
    bind: '127.0.0.1',
    port: String(port),
    dir: dataDir,
    save: '',
    appendonly: 'yes',
    // A file cut off by a kill is cut back to its last whole command instead of refusing to start.
    'aof-load-truncated': 'yes',
    'maxmemory-policy': 'noeviction', // job queues must not lose keys
    daemonize: 'no',
  };
  return Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
}
