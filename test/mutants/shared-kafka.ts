import path from 'node:path';
import { freePort, type LocalServer, startKafka } from '../../infra/local/index.ts';
import { givenKafkaVariable, makeRunFolder, removeRunFolder } from '../servers/run-folder.ts';

/** A broker keeps every topic of every run: after so many there is a new one. */
const runsPerBroker = 20;

/**
 * One broker for the runs of a worker, one after the other: starting it takes longer than most of their tests, which make
 * topics and groups with names of their own.
 */
export class SharedKafka implements AsyncDisposable {
  #folder: string | undefined;
  #broker: LocalServer | undefined;
  #runs = 0;

  /** What a run's environment says of it. */
  async environment(): Promise<Readonly<Record<string, string>>> {
    if (this.#runs % runsPerBroker === 0) await this.#replace();
    this.#runs += 1;
    return { [givenKafkaVariable]: this.#broker?.url ?? '' };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#broker?.stop();
    this.#broker = undefined;
    if (this.#folder !== undefined) await removeRunFolder(this.#folder);
    this.#folder = undefined;
  }

  async #replace(): Promise<void> {
    await this[Symbol.asyncDispose]();
    this.#folder = makeRunFolder();
    this.#broker = await startKafka({
      dataDir: path.join(this.#folder, 'kafka'),
      port: await freePort(),
      progress: () => undefined,
    });
  }
}
