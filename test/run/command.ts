import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { repositoryRoot } from '../../infra/local/repository-root.ts';

/** Pointers to servers outside the run: a test must never reach what `npm start`, or anybody else, runs. */
const foreign =
  /^(DATABASE_URL|KAFKA_BROKERS|REDIS_URL|(SALES_)?MIGRATOR_DATABASE_URL|WAYBILL_.*_URL|WAYBILL_TOKEN_FILE)$/;

export interface Command {
  /** Of node_modules/.bin. */
  readonly bin: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Starts a tool of this repository in a process group of its own, so that Ctrl-C reaches it through us, once, and
 * everything that it started can be ended with it.
 */
export function start({ bin, args, env }: Command): ChildProcess {
  const bins = path.join(repositoryRoot, 'node_modules', '.bin');
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return spawn(path.join(bins, bin), args, {
    cwd: repositoryRoot,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...Object.fromEntries(kept),
      ...env,
      PATH: `${bins}${path.delimiter}${process.env['PATH'] ?? ''}`,
    },
  });
}

/** The exit code; 1 for a signal or a command that cannot be started. */
export async function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** Asks the child to end, and kills its whole group when it has not within `limitMs`. */
export async function endGroup(child: ChildProcess, limitMs: number): Promise<void> {
  if (child.pid === undefined) return;
  const gone = exitCodeOf(child);
  const group = -child.pid;
  const timer = setTimeout(() => killGroup(group), limitMs);
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM');
    await gone;
  }
  clearTimeout(timer);
  killGroup(group); // what the child left in its group
}

function killGroup(group: number): void {
  try {
    process.kill(group, 'SIGKILL');
  } catch {
    // ESRCH: nobody is left in it
  }
}
