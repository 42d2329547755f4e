import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const PROCESS = path.join(import.meta.dirname, 'crashing-relay.process.ts');

/** A relay that is killed again and again between an acknowledgement and its commit, and started anew. */
export class CrashingRelay implements AsyncDisposable {
  readonly #databaseUrl: string;
  readonly #broker: string;
  #child: ChildProcess | undefined;
  #crashes = 0;
  #eventsInFlightAtCrashes = 0;

  constructor(databaseUrl: string, broker: string) {
    this.#databaseUrl = databaseUrl;
    this.#broker = broker;
  }

  get crashes(): number {
    return this.#crashes;
  }

  /** The most that the crashes so far may have repeated. */
  get eventsInFlightAtCrashes(): number {
    return this.#eventsInFlightAtCrashes;
  }

  start(): void {
    this.#child = fork(PROCESS, [this.#databaseUrl, this.#broker], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
  }

  /** Waits for the next acknowledgement, at which the process dies. @throws Error when it ended otherwise */
  async crash(): Promise<void> {
    const child = this.#running();
    let output = '';
    child.stdout?.on('data', (chunk) => {
      output += String(chunk);
    });
    if (child.exitCode !== null)
      throw new Error(`the relay ended with ${child.exitCode} before it was to crash`);
    const exited = once(child, 'close');
    child.send('crash');
    const [code, signal] = await exited;
    if (signal !== 'SIGKILL') throw new Error(`the relay ended with ${code ?? signal} instead of a crash`);
    this.#crashes += 1;
    this.#eventsInFlightAtCrashes += Number.parseInt(output, 10);
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
