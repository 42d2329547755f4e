import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ending } from './leftover.ts';
import { type LocalServer, LocalServerError } from './local-server.ts';
import { removePidFile, writePidFile } from './process-identity.ts';
import { lastLines, openServerLog } from './server-log.ts';

export interface ServerSpec {
  readonly name: string;
  readonly how: string;
  readonly url: string;
  readonly port: number;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Whom the process runs as; undefined: as we do. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  /** Holds `<name>.pid`. */
  readonly runDir: string;
  readonly logFile: string;
  readonly ending: Ending;
  /** ms until a server that does not answer is given up. */
  readonly readyWithinMs: number;
  /**
   * One question in the server's own protocol; false or an error means not yet. The answer must show that it comes
   * from process `pid` or its data: somebody else may have taken the port a moment ago.
   */
  readonly answers: (pid: number) => Promise<boolean>;
  readonly signal: AbortSignal | undefined;
}

/** Where the pid of this server is kept between runs. */
export function pidFileOf(spec: Pick<ServerSpec, 'runDir' | 'name'>): string {
  return path.join(spec.runDir, `${spec.name.toLowerCase()}.pid`);
}

/**
 * Starts a server in a process group of its own (the terminal's Ctrl-C goes to the whole foreground group, and the
 * order of the end is ours to decide) and waits until it answers. The caller has ended a leftover of an earlier run.
 *
 * @throws LocalServerError DIED_AT_START with its last log lines, NO_ANSWER when the limit is over; the signal's
 *   reason when it aborts first. Nothing runs any more then.
 */
export async function startChildServer(spec: ServerSpec): Promise<LocalServer> {
  const pidFile = pidFileOf(spec);
  mkdirSync(spec.runDir, { recursive: true });
  mkdirSync(path.dirname(spec.logFile), { recursive: true });
  const log = openServerLog(spec.logFile);
  const child = spawn(spec.command, spec.args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: spec.env,
    ...spec.user,
  });
  closeSync(log);
  const server = childServer(spec, child, pidFile);
  await answered(spec, server);
  return server;
}

function childServer(spec: ServerSpec, child: ChildProcess, pidFile: string): LocalServer {
  const pid = child.pid ?? 0; // 0: could not be started; `exited` says why
  if (pid > 0) writePidFile(pidFile, pid);
  let isGone = false;
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  }).then((outcome) => {
    isGone = true;
    removePidFile(pidFile);
    return outcome;
  });
  const signal = (name: NodeJS.Signals): void => {
    if (!isGone) child.kill(name);
  };
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= stopChild(exited, signal, spec.ending);
    return stopping;
  };
  const { name, url, port, how, logFile } = spec;
  return { name, url, port, how, logFile, pid, exited, signal, stop, [Symbol.asyncDispose]: stop };
}

async function stopChild(
  exited: Promise<string>,
  signal: LocalServer['signal'],
  ending: Ending,
): Promise<void> {
  signal(ending.stopSignal);
  signal('SIGCONT'); // a server that a test halted cannot hear the first one
  const timer = setTimeout(() => signal('SIGKILL'), ending.limitMs);
  await exited;
  clearTimeout(timer);
}

async function answered(spec: ServerSpec, server: LocalServer): Promise<void> {
  let outcome: string | undefined;
  void server.exited.then((text) => {
    outcome = text;
  });
  const deadline = performance.now() + spec.readyWithinMs;
  while (outcome === undefined && performance.now() < deadline && spec.signal?.aborted !== true) {
    const answers = await spec.answers(server.pid).catch(() => false);
    if (answers && outcome === undefined) return;
    await delay(50);
  }
  if (spec.signal?.aborted === true) {
    await server.stop();
    throw spec.signal.reason;
  }
  const tail = `its last lines (${spec.logFile}):\n${lastLines(spec.logFile)}`;
  if (outcome !== undefined) {
    throw new LocalServerError(
      'DIED_AT_START',
      `${spec.name} ended (${outcome}) before it answered; ${tail}`,
    );
  }
  await server.stop();
  const seconds = Math.round(spec.readyWithinMs / 1000);
  throw new LocalServerError('NO_ANSWER', `${spec.name} did not answer within ${seconds} s; ${tail}`);
}
