import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { LocalServerError, type Progress } from '../local-server.ts';
import { dependencyPlugin, fetchWithMaven } from '../maven.ts';

export interface RedisBinary {
  readonly command: string;
  /** For example `Redis 6.2.11 from the PATH`. */
  readonly how: string;
}

/** In the jar, by `platform-arch` of Node. */
const packed: Readonly<Record<string, string>> = {
  'linux-x64': 'redis-server-6.2.6-v5-linux-amd64',
  'linux-arm64': 'redis-server-6.2.7-linux-arm64',
  'darwin-x64': 'redis-server-6.2.6-v5-darwin-amd64',
  'darwin-arm64': 'redis-server-6.2.6-v5-darwin-arm64',
};

/**
 * A Redis (or Valkey) of 6.2 or newer: from the PATH, else the one packed in the Maven artifact embedded-redis.
 *
 * @throws LocalServerError MISSING_TOOL when neither runs here
 */
export async function redisBinary(progress: Progress, signal: AbortSignal | undefined): Promise<RedisBinary> {
  for (const command of ['redis-server', 'valkey-server']) {
    const version = versionOf(command);
    if (version !== undefined && isNewEnough(version))
      return { command, how: `${version.text} from the PATH` };
  }
  const name = packed[`${process.platform}-${process.arch}`];
  if (name !== undefined) {
    const command = path.join(await unpacked(progress, signal), name);
    chmodSync(command, 0o755);
    const version = versionOf(command);
    if (version !== undefined) return { command, how: `${version.text} from Maven Central` };
  }
  throw new LocalServerError('MISSING_TOOL', 'no Redis runs here: install redis-server 6.2 or newer');
}

async function unpacked(progress: Progress, signal: AbortSignal | undefined): Promise<string> {
  const pom = fileURLToPath(new URL('pom.xml', import.meta.url));
  const goal = (folder: string) => [
    `${dependencyPlugin}:unpack-dependencies`,
    `-DoutputDirectory=${folder}`,
    '-Dmdep.unpack.includes=redis-server-*',
  ];
  return fetchWithMaven({ name: 'redis', pom, goal }, progress, signal);
}

interface Version {
  readonly major: number;
  readonly minor: number;
  readonly text: string;
}

function versionOf(command: string): Version | undefined {
  // Redis server v=6.2.11 sha=00000000:0 malloc=jemalloc-5.1.0 bits=64 build=…
  const answer = spawnSync(command, ['--version'], { encoding: 'utf8' });
  const found = /^(\w+) server v=(\d+)\.(\d+)\.(\d+)/.exec(answer.stdout ?? '');
  if (answer.status !== 0 || found === null) return undefined;
  const [, product, major, minor, patch] = found;
  return { major: Number(major), minor: Number(minor), text: `${product} ${major}.${minor}.${patch}` };
}

function isNewEnough({ major, minor }: Version): boolean {
  return major > 6 || (major === 6 && minor >= 2);
}
