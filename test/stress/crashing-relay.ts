import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const PROCESS = path.join(import.meta.dirname, 'crashing-relay.process.ts');

/** The moment of a batch at which a relay dies. */
export type CrashPoint = 'before the send' | 'after the send, before the commit' | 'after the commit';

/** A relay that is killed again and again at a chosen moment of a batch, and started anew. */
export class CrashingRelay implements AsyncDisposable {
  readonly #databaseUrl: string;
  readonly #broker: string;
  readonly #timing: { readonly leaseMs: number; readonly sendTimeoutMs: number };
  #child: ChildProcess | undefined;
  #crashes = 0;
  #mayStandTwice = 0;

  /** @param timing of the lease, for which nobody else has the lanes of one that died, and of a send */
  constructor(databaseUrl: string, broker: string, timing = { leaseMs: 4_000, sendTimeoutMs: 2_000 }) {
    this.#databaseUrl = databaseUrl;
    this.#broker = broker;
    this.#timing = timing;
  }

  get crashes(): number {
    return this.#crashes;
  }

  /** The most that may have been repeated so far: events in flight at a crash, and in sends without an answer. */
  get mayStandTwice(): number {
    return this.#mayStandTwice;
  }

  start(): void {
    const { leaseMs, sendTimeoutMs } = this.#timing;
    this.#child = fork(PROCESS, [this.#databaseUrl, this.#broker, `${leaseMs}`, `${sendTimeoutMs}`], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    this.#child.stdout?.on('data', (chunk) => {
      for (const number of String(chunk).trim().split('\n')) this.#mayStandTwice += Number(number);
    });
  }

  /** Waits for the next batch to come to this point, at which the process dies. @throws Error when it ended otherwise */
  async crash(point: CrashPoint): Promise<void> {
    const child = this.#running();
    if (child.exitCode !== null)
      throw new Error(`the relay ended with ${child.exitCode} before it was to crash`);
    const exited = once(child, 'close');
    child.send(point);
    const [code, signal] = await exited;
    if (signal !== 'SIGKILL') throw new Error(`the relay ended with ${code ?? signal} instead of a crash`);
    this.#crashes += 1;
  }

  /** Kills it now, whatever it does. */
  async kill(): Promise<void> {
    const child = this.#running();
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    this.#crashes += 1;
  }

  async stop(): Promise<void> {
    const child = this.#running();
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const [code] = await exited;
    this.#child = undefined;
    if (code !== 0) throw new Error(`the relay ended with ${code}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  #running(): ChildProcess {
    if (this.#child === undefined) throw new Error('the relay was not started');
    return this.#child;
  }
}
