import path from 'node:path';
import { cacheDir, repositoryRoot } from './repository-root.ts';

/**
 * What Node is told beside the program. While it drains, the relay makes much garbage that lives for two cycles, longer
 * than V8 holds anything for young: a large young generation keeps nothing back and costs memory. Left to itself V8 lets
 * the old generation grow to four times what is in use before it cleans up, which takes 70 MB that the relay does not
 * need. packages/outbox/README.md has the figures.
 */
const nodeFlags: Readonly<Record<string, readonly string[]>> = {
  'outbox-relay': ['--max-semi-space-size=1', '--heap-growing-percent=100'],
};

/** The arguments of Node that run a service. */
export function serviceArgs(service: string): string[] {
  return [...(nodeFlags[service] ?? []), path.join(repositoryRoot, 'services', service, 'src', 'main.ts')];
}

/**
 * Where Node keeps what it has made of the sources: a process that finds them there starts sooner, and never loads the
 * compiler that takes their types away, which stays in memory with some 20 MB.
 */
export const compileCache = { NODE_COMPILE_CACHE: path.join(cacheDir, 'compiled') };
