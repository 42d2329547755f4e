import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

interface LogLine {
  readonly level: string;
  readonly msg: string;
}

/** The service as a process of its own, the way it runs in production. */
export class ServiceProcess {
  readonly lines: LogLine[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown[]>;
  readonly #managementPort: number;

  constructor(env: Readonly<Record<string, string>>, managementPort: number) {
    this.#managementPort = managementPort;
    this.#child = spawn(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url))], {
      env: { ...env, MANAGEMENT_PORT: String(managementPort) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#exited = once(this.#child, 'exit');
    if (this.#child.stdout) {
      createInterface({ input: this.#child.stdout }).on('line', (text) => this.lines.push(JSON.parse(text)));
    }
  }

  get messages(): readonly string[] {
    return this.lines.map(({ msg }) => msg);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The status of /readyz, or 0 while nobody listens. */
  async readiness(): Promise<number> {
    const answer = await this.#get('/readyz');
    return answer?.status ?? 0;
  }

  /** The status of /livez, or 0 while nobody listens. */
  async liveness(): Promise<number> {
    return (await this.#get('/livez'))?.status ?? 0;
  }

  /** What /status says. */
  async status(): Promise<unknown> {
    return (await this.#get('/status'))?.json();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** @returns exit code and signal */
  exited(): Promise<unknown[]> {
    return this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isRunning) this.#child.kill('SIGKILL');
    await this.#exited;
  }

  #get(path: string): Promise<Response | undefined> {
    return fetch(`http://127.0.0.1:${this.#managementPort}${path}`).catch(() => undefined);
  }
}
