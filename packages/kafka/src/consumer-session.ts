import { type BackoffPolicy, backoffDelay, wait } from '@waybill/retry';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import { openKafka } from './client.ts';
import type { ConsumerOptions, FailingPartition } from './consumer.ts';
import { disconnectWithin } from './disconnect-within.ts';
import { toReceivedMessage } from './received-message.ts';
import { Sockets } from './sockets.ts';

/** Between a batch that failed and its redelivery. */
const redelivery: BackoffPolicy = { baseMs: 100, capMs: 10_000 };
/** How long a fetch waits for messages, in ms: also how long a stop waits for a fetch under way. */
const fetchWaitMs = 1_000;
/** A stop that takes longer cuts the connections, in ms. */
const stopLimitMs = 4_000;

/**
 * One membership in the group, from connecting until it is stopped or kafkajs gives up. kafkajs' own restarting is
 * off: it can start a consumer again that was being stopped, and does not start one again after an error that it
 * takes for final.
 */
export class ConsumerSession {
  readonly #options: ConsumerOptions;
  readonly #sockets = new Sockets();
  readonly #consumer: Consumer;
  readonly #crashed = Promise.withResolvers<never>();
  /** Aborted when this membership ends, so that no backoff outlives it. */
  readonly #over = new AbortController();
  /** Grows with every assignment: a batch begun under another one must not be committed. */
  #generation = 0;
  #assigned: Readonly<Record<string, readonly number[]>> = {};
  /** Per topic-partition. */
  readonly #failing = new Map<string, FailingPartition>();

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#crashed.promise.catch(() => {}); // it may crash while nobody is waiting
    this.#consumer = openKafka(options.settings, options.logger, this.#sockets, 'patient').consumer({
      groupId: options.group,
      allowAutoTopicCreation: false,
      // Partitions without a leader are looked at again this often.
      metadataMaxAge: 3_000,
      sessionTimeout: 15_000,
      rebalanceTimeout: 30_000,
      heartbeatInterval: 3_000,
      maxWaitTimeInMs: fetchWaitMs,
      retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000, restartOnFailure: async () => false },
    });
  }

  /**
   * Consumes until the options' signal aborts.
   *
   * @param onJoined called at every assignment
   * @throws the error upon which kafkajs gave up
   */
  async run(onJoined: () => void): Promise<void> {
    const ended = [this.#crashed.promise, aborted(this.#options.signal)];
    const started = this.#start(onJoined);
    await Promise.race([started, ...ended]);
    await Promise.race(ended);
  }

  async #start(onJoined: () => void): Promise<void> {
    const { topics, fromBeginning, concurrency = 4 } = this.#options;
    this.#consumer.on('consumer.crash', ({ payload }) => this.#crashed.reject(payload.error));
    this.#consumer.on('consumer.group_join', ({ payload }) => {
      this.#generation += 1;
      this.#assigned = payload.memberAssignment;
      this.#forgetFailing(({ topic, partition }) => !this.#assigned[topic]?.includes(partition));
      onJoined();
    });
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...topics], fromBeginning });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: concurrency,
      eachBatch: (payload) => this.#eachBatch(payload),
    });
  }

  /** Leaves the group and closes the connections: within seconds, whatever the brokers do. */
  async close(): Promise<void> {
    this.#over.abort();
    if (await disconnectWithin(stopLimitMs, this.#consumer.disconnect(), this.#sockets)) return;
    this.#options.logger.warn(
      { group: this.#options.group },
      'The consumer was cut off: it did not stop in time',
    );
  }

  async #eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const { topic, partition } = batch;
    const generation = this.#generation;
    if (!payload.isRunning() || payload.isStale() || this.#assigned[topic]?.includes(partition) !== true)
      return;
    if (!(await this.#handled(payload))) return;
    // In between the group may have assigned anew: what came of this batch is then its next owner's to commit.
    if (generation !== this.#generation) return;
    const offset = String(BigInt(batch.lastOffset()) + 1n);
    await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] });
    payload.resolveOffset(batch.lastOffset());
  }

  /** @returns whether the batch was handled; if not, its partition is paused and the batch comes again */
  async #handled(payload: EachBatchPayload): Promise<boolean> {
    const { topic, partition, messages } = payload.batch;
    let lostMembership: { readonly error: unknown } | undefined;
    const heartbeat = async (): Promise<void> => {
      try {
        await payload.heartbeat();
      } catch (error) {
        lostMembership = { error };
        throw error;
      }
    };
    try {
      await this.#options.onBatch({ topic, partition, messages: messages.map(toReceivedMessage), heartbeat });
      this.#forgetFailing((one) => one.topic === topic && one.partition === partition);
      return true;
    } catch (error) {
      // kafkajs joins again upon its own error; the batch comes again, here or at the next owner.
      if (lostMembership !== undefined) throw lostMembership.error;
      this.#redeliverLater(payload, error);
      return false;
    }
  }

  /** Not resolving the batch's offset makes kafkajs fetch it again; the pause says when. */
  #redeliverLater(payload: EachBatchPayload, error: unknown): void {
    const { topic, partition } = payload.batch;
    const offset = payload.batch.firstOffset() ?? '';
    const failures = (this.#failing.get(`${topic}/${partition}`)?.failures ?? 0) + 1;
    const failing = { topic, partition, offset, failures, error: codeOf(error) };
    this.#failing.set(`${topic}/${partition}`, failing);
    this.#options.onFailing?.([...this.#failing.values()]);
    const delayMs = Math.round(backoffDelay(redelivery, failures - 1, Math.random));
    this.#options.logger.warn(
      { err: error, topic, partition, offset, failures, delayMs },
      'A batch failed and will be delivered again',
    );
    const resume = payload.pause();
    void wait(delayMs, this.#over.signal).then(resume);
  }

  #forgetFailing(isOver: (one: FailingPartition) => boolean): void {
    const over = [...this.#failing].filter(([, one]) => isOver(one));
    if (over.length === 0) return;
    for (const [key] of over) this.#failing.delete(key);
    this.#options.onFailing?.([...this.#failing.values()]);
  }
}

/** No message: it may hold what was in the event. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : error.name;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
