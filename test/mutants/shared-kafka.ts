import { kafka } from '../../infra/local/servers.ts';
import { givenKafkaVariable, makeRunFolder, removeRunFolder } from '../servers/run-folder.ts';
import { startForRun } from '../servers/start-for-run.ts';

/** A broker keeps every topic of every run: after so many there is a new one. */
const runsPerBroker = 20;

/**
 * One broker for the runs of a worker, one after the other: starting it takes longer than most of their tests, which make
 * topics and groups with names of their own.
 */
export class SharedKafka implements AsyncDisposable {
  #running = new AsyncDisposableStack();
  #brokers = '';
  #runs = 0;

  /** What a run's environment says of it. */
  async environment(): Promise<Readonly<Record<string, string>>> {
    if (this.#runs % runsPerBroker === 0) await this.#replace();
    this.#runs += 1;
    return { [givenKafkaVariable]: this.#brokers };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#running.disposeAsync();
  }

  async #replace(): Promise<void> {
    await this.#running.disposeAsync();
    this.#running = new AsyncDisposableStack();
    const folder = makeRunFolder();
    this.#running.defer(() => removeRunFolder(folder));
    const broker = await startForRun(kafka, folder, () => undefined);
    this.#running.defer(async () => broker.stop());
    this.#brokers = broker.url;
  }
}
