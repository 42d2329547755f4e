import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { defaultRelaySettings } from '@waybill/outbox/relay';
import { until } from '../relay/bench.ts';
import { BatchesAtRisk, type RelayLine } from './batches-at-risk.ts';

const PROCESS = path.join(import.meta.dirname, 'crashing-relay.process.ts');

/** How often these relays renew their leases and look for lanes of others that died, in ms. */
export const HEARTBEAT_MS = 200;

/** The moment of a batch at which a relay dies. */
export type CrashPoint = 'before the send' | 'after the send, before the commit' | 'after the commit';

export interface CrashingRelaySettings {
  /** For which nobody else has the lanes of one that died. */
  readonly leaseMs: number;
  readonly sendTimeoutMs: number;
  /** Of a batch. */
  readonly rows: number;
}

const usual: CrashingRelaySettings = {
  leaseMs: 4_000,
  sendTimeoutMs: 2_000,
  rows: defaultRelaySettings.limits.rows,
};

/** A relay that is killed again and again at a chosen moment of a batch, and started anew. */
export class CrashingRelay implements AsyncDisposable {
  readonly #databaseUrl: string;
  readonly #broker: string;
  readonly #settings: CrashingRelaySettings;
  /** By all the faults that it met so far. */
  readonly atRisk: BatchesAtRisk;
  #child: ChildProcess | undefined;
  #hasLanes = false;
  #crashes = 0;

  constructor(databaseUrl: string, broker: string, settings: Partial<CrashingRelaySettings> = {}) {
    this.#databaseUrl = databaseUrl;
    this.#broker = broker;
    this.#settings = { ...usual, ...settings };
    this.atRisk = new BatchesAtRisk(this.#settings.rows);
  }

  get crashes(): number {
    return this.#crashes;
  }

  /**
   * Waits until the process that was started last was granted lanes.
   *
   * @throws Error when it ended before that, or after half a minute
   */
  async granted(): Promise<void> {
    const hasLanes = () => {
      this.#running();
      return this.#hasLanes;
    };
    await until('the relay is granted lanes', hasLanes, 30_000);
  }

  start(): void {
    const { leaseMs, sendTimeoutMs, rows } = this.#settings;
    const numbers = [leaseMs, HEARTBEAT_MS, sendTimeoutMs, rows].map(String);
    const args = [this.#databaseUrl, this.#broker, ...numbers];
    const child = fork(PROCESS, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    this.#child = child;
    this.#hasLanes = false;
    if (child.stdout === null) throw new Error('the relay has no output');
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(JSON.parse(line)));
    // One that ends well has finished what it sent: nothing of that may come again.
    child.once('close', (code) => this.atRisk.hear({ kind: code === 0 ? 'recorded' : 'over' }));
  }

  /** Waits for the next batch to come to this point, at which the process dies. @throws Error when it ended otherwise */
  async crash(point: CrashPoint): Promise<void> {
    const child = this.#running();
    const exited = once(child, 'close');
    child.send(point);
    const [code, signal] = await exited;
    if (signal !== 'SIGKILL') throw new Error(`the relay ended with ${code ?? signal} instead of a crash`);
    this.#crashes += 1;
  }

  /** Kills it now, whatever it does. */
  async kill(): Promise<void> {
    const child = this.#running();
    const exited = once(child, 'close');
    child.kill('SIGKILL');
    await exited;
    this.#crashes += 1;
  }

  /** Stops all of it where it is, until {@link wake}. */
  sleep(): void {
    this.#running().kill('SIGSTOP');
  }

  wake(): void {
    this.#running().kill('SIGCONT');
  }

  /** @throws Error when it has ended already, or ends otherwise than well */
  async stop(): Promise<void> {
    const child = this.#running();
    const exited = once(child, 'close');
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

  #hear(line: RelayLine): void {
    if (line.kind === 'granted') this.#hasLanes = true;
    this.atRisk.hear(line);
  }

  /** @throws Error when no process runs: what is asked of one that has ended would never be answered */
  #running(): ChildProcess {
    const child = this.#child;
    if (child === undefined) throw new Error('the relay was not started');
    const ended = child.exitCode ?? child.signalCode;
    if (ended !== null) throw new Error(`the relay has ended already, with ${ended}`);
    return child;
  }
}
