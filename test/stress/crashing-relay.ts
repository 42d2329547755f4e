import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { defaultRelaySettings } from '@waybill/outbox/relay';
import { BatchesAtRisk, type RelayLine } from './batches-at-risk.ts';

const PROCESS = path.join(import.meta.dirname, 'crashing-relay.process.ts');

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
  readonly #atRisk: BatchesAtRisk;
  #child: ChildProcess | undefined;
  #granted = Promise.withResolvers<void>();
  #crashes = 0;
  #mayStandTwice = 0;

  constructor(databaseUrl: string, broker: string, settings: Partial<CrashingRelaySettings> = {}) {
    this.#databaseUrl = databaseUrl;
    this.#broker = broker;
    this.#settings = { ...usual, ...settings };
    this.#atRisk = new BatchesAtRisk(this.#settings.rows);
  }

  get crashes(): number {
    return this.#crashes;
  }

  /** The most that may have been repeated so far: events in flight at a crash, and in sends without an answer. */
  get mayStandTwice(): number {
    return this.#mayStandTwice;
  }

  /** By partition: of each lane the batch in flight at each fault that it met, and each unanswered attempt. */
  get mayStandTwiceIn(): ReadonlyMap<number, number> {
    return this.#atRisk.perPartition;
  }

  /** Resolves when the process that was started last is granted lanes for the first time. */
  get granted(): Promise<void> {
    return this.#granted.promise;
  }

  start(): void {
    const { leaseMs, sendTimeoutMs, rows } = this.#settings;
    const args = [this.#databaseUrl, this.#broker, `${leaseMs}`, `${sendTimeoutMs}`, `${rows}`];
    const child = fork(PROCESS, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    this.#child = child;
    this.#granted = Promise.withResolvers<void>();
    if (child.stdout === null) throw new Error('the relay has no output');
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(JSON.parse(line)));
    child.once('close', () => this.#atRisk.interrupted());
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

  /** @throws Error when it ends otherwise than well */
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
    switch (line.kind) {
      case 'sent':
        this.#atRisk.sent(line.partition, line.events);
        return;
      case 'unanswered':
        this.#mayStandTwice += line.events;
        this.#atRisk.unanswered(line.partition, line.events);
        return;
      case 'recorded':
        this.#atRisk.recorded();
        return;
      case 'interrupted':
        this.#granted.resolve();
        this.#atRisk.interrupted();
        return;
      case 'crash':
        this.#mayStandTwice += line.events;
    }
  }

  #running(): ChildProcess {
    if (this.#child === undefined) throw new Error('the relay was not started');
    return this.#child;
  }
}
