import path from 'node:path';
import { cacheDir, repositoryRoot } from './repository-root.ts';

/**
 * What Node is told beside the program. While it drains, the relay makes much garbage that lives for two cycles, longer
 * than V8 holds anything for young. Left to itself V8 lets the old generation grow to four times what is in use before it
 * cleans up, which takes 70 MB that the relay does not need; the 16 MB and more for the young generation are not needed
 * either, and are collected in pauses of 6 to 9 ms. Helpers for a young generation of 4 MB cost more than they save.
 */
const nodeFlags: Readonly<Record<string, readonly string[]>> = {
  'outbox-relay': ['--max-semi-space-size=4', '--heap-growing-percent=80', '--no-parallel-scavenge'],
};

/** The arguments of Node that run a service. */
export function serviceArgs(service: string): string[] {
  return [...(nodeFlags[service] ?? []), path.join(repositoryRoot, 'services', service, 'src', 'main.ts')];
}

/**
 * Where Node keeps what it has made of the sources: a process that finds them there starts sooner, and never loads the
 * compiler that takes their types away, which stays in memory with 22 MB.
 */
export const compileCache = { NODE_COMPILE_CACHE: path.join(cacheDir, 'compiled') };
