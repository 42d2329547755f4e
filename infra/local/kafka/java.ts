import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { LocalServerError } from '../local-server.ts';

const needed = 17; // Kafka 4 brokers (KIP-1013)

/**
 * The Java to run Kafka with: of JAVA_HOME, else of the PATH.
 *
 * @throws LocalServerError MISSING_TOOL when there is none or it is older than 17
 */
export function findJava(): string {
  const home = process.env['JAVA_HOME'];
  const java = home === undefined || home === '' ? 'java' : path.join(home, 'bin', 'java');
  const found = majorVersion(java);
  if (found !== undefined && found >= needed) return java;
  const reason = found === undefined ? `${java} does not run` : `${java} is Java ${found}`;
  throw new LocalServerError(
    'MISSING_TOOL',
    `Kafka needs Java ${needed} or newer and ${reason}: install a JRE ${needed}`,
  );
}

function majorVersion(java: string): number | undefined {
  // `java -version` prints to stderr: openjdk version "17.0.15" 2025-04-15
  const answer = spawnSync(java, ['-version'], { encoding: 'utf8' });
  if (answer.status !== 0) return undefined;
  const version = /version "(\d+)(?:\.(\d+))?/.exec(answer.stderr);
  if (version === null) return undefined;
  return Number(version[1] === '1' ? version[2] : version[1]);
}
