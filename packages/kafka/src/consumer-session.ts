import { aborted, type BackoffPolicy, backoffDelay, wait } from '@waybill/retry';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import { openKafka } from './client.ts';
import type { FailingPartition, MembershipOptions } from './consumer.ts';
import { disconnectWithin } from './disconnect-within.ts';
import { ProgressWatch } from './progress-watch.ts';
import { Sockets } from './sockets.ts';
import { withHeartbeats } from './with-heartbeats.ts';

/** Between a batch that failed and its redelivery. */
const redelivery: BackoffPolicy = { baseMs: 100, capMs: 10_000 };
/** How long a fetch waits for messages, in ms: also how long a stop waits for a fetch under way. */
const fetchWaitMs = 1_000;
/** A stop that takes longer cuts the connections, in ms. */
const stopLimitMs = 4_000;

/** What a session tells of itself. */
export interface SessionEvents {
  /** At every assignment. */
  readonly onJoined: () => void;
  /** The group's offsets have moved. */
  readonly onProgress: () => void;
}

/**
 * One membership in the group, from connecting until it is stopped or kafkajs gives up. kafkajs' own restarting is
 * off: it can start a consumer again that was being stopped, and does not start one again after an error that it
 * takes for final.
 */
export class ConsumerSession<Message> {
  readonly #options: MembershipOptions<Message>;
  readonly #progressMs: number;
  readonly #sockets = new Sockets();
  readonly #consumer: Consumer;
  readonly #crashed = Promise.withResolvers<never>();
  /** Aborted when this membership ends, so that no backoff outlives it. */
  readonly #over = new AbortController();
  /** Aborted at every assignment: a batch begun under another one must not be committed. */
  #tenure = new AbortController();
  #assigned: Readonly<Record<string, readonly number[]>> = {};
  /** `topic/partition` with a batch in hand. */
  readonly #inHand = new Set<string>();
  /** Until their batch is delivered again. */
  readonly #paused = new Set<string>();
  /** Per topic-partition. */
  readonly #failing = new Map<string, FailingPartition>();

  constructor(options: MembershipOptions<Message>, progressMs: number) {
    this.#options = options;
    this.#progressMs = progressMs;
    this.#crashed.promise.catch(() => {}); // it may crash while nobody is waiting
    const { sessionMs = 15_000, rebalanceMs = 30_000 } = options.patience ?? {};
    this.#consumer = openKafka(options.settings, options.logger, this.#sockets, 'patient').consumer({
      groupId: options.group,
      allowAutoTopicCreation: false,
      // Partitions without a leader are looked at again this often.
      metadataMaxAge: 3_000,
      sessionTimeout: sessionMs,
      rebalanceTimeout: rebalanceMs,
      heartbeatInterval: sessionMs / 5,
      maxWaitTimeInMs: fetchWaitMs,
      retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000, restartOnFailure: async () => false },
    });
  }

  /**
   * Consumes until the options' signal aborts.
   *
   * @throws StaleConsumerError; the error upon which kafkajs gave up
   */
  async run(events: SessionEvents): Promise<void> {
    const ended = [this.#crashed.promise, aborted(this.#options.signal)];
    const started = this.#start(events.onJoined);
    await Promise.race([started, ...ended]);
    await Promise.race([...ended, this.#watch(events.onProgress)]);
  }

  async #start(onJoined: () => void): Promise<void> {
    const { topics, fromBeginning, concurrency = 4 } = this.#options;
    this.#consumer.on('consumer.crash', ({ payload }) => this.#crashed.reject(payload.error));
    this.#consumer.on('consumer.group_join', ({ payload }) => {
      this.#tenure.abort();
      this.#tenure = new AbortController();
      this.#assigned = payload.memberAssignment;
      this.#forgetFailing(({ topic, partition }) => !this.#isAssigned(topic, partition));
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

  /** @throws StaleConsumerError */
  async #watch(onProgress: () => void): Promise<void> {
    await using watch = new ProgressWatch(this.#options, {
      patienceMs: this.#progressMs,
      isAssigned: (topic, partition) => this.#isAssigned(topic, partition),
      busy: () => new Set([...this.#inHand, ...this.#paused]),
      onProgress,
    });
    await watch.run(AbortSignal.any([this.#over.signal, this.#options.signal]));
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

  #isAssigned(topic: string, partition: number): boolean {
    return this.#assigned[topic]?.includes(partition) === true;
  }

  async #eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const { topic, partition } = batch;
    const tenure = this.#tenure.signal;
    if (!payload.isRunning() || payload.isStale() || !this.#isAssigned(topic, partition)) return;
    const name = `${topic}/${partition}`;
    this.#inHand.add(name);
    try {
      const handled = await this.#handled(payload, tenure);
      // In between the group may have assigned anew: what came of this batch is then its next owner's to commit.
      if (handled === undefined || tenure.aborted) return;
      const offset = String(handled + 1n);
      await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] });
      payload.resolveOffset(String(handled));
    } finally {
      this.#inHand.delete(name);
    }
  }

  /** @returns up to where the batch was handled; if not to its end, the partition is paused and the rest comes again */
  async #handled(payload: EachBatchPayload, tenure: AbortSignal): Promise<bigint | undefined> {
    const { batch } = payload;
    const { topic, partition } = batch;
    const lost = new AbortController();
    let applied: bigint | undefined;
    let lostMembership: { readonly error: unknown } | undefined;
    const heartbeat = async (): Promise<void> => {
      try {
        await payload.heartbeat();
      } catch (error) {
        lostMembership = { error };
        lost.abort();
        throw error;
      }
    };
    const work = this.#options.onBatch({
      topic,
      partition,
      messages: batch.messages.map((message) => this.#options.toMessage(topic, partition, message)),
      signal: AbortSignal.any([tenure, lost.signal, this.#over.signal, this.#options.signal]),
      applied: (upTo) => {
        applied = upTo;
      },
    });
    const { sessionMs = 15_000 } = this.#options.patience ?? {};
    try {
      await withHeartbeats(work, heartbeat, sessionMs / 5);
      this.#forgetFailing((one) => one.topic === topic && one.partition === partition);
      return BigInt(batch.lastOffset());
    } catch (error) {
      // kafkajs joins again upon its own error; the batch comes again, here or at the next owner.
      if (lostMembership !== undefined) throw lostMembership.error;
      // Reported by whoever ends the membership; nothing failed.
      if (!tenure.aborted && !this.#options.signal.aborted) this.#redeliverLater(payload, applied, error);
      return applied;
    }
  }

  /** Not resolving the offset makes kafkajs fetch the rest again; the pause says when. */
  #redeliverLater(payload: EachBatchPayload, applied: bigint | undefined, error: unknown): void {
    const { topic, partition } = payload.batch;
    const offset = applied === undefined ? (payload.batch.firstOffset() ?? '') : String(applied + 1n);
    const before = applied === undefined ? (this.#failing.get(`${topic}/${partition}`)?.failures ?? 0) : 0;
    const failures = before + 1;
    const failing = { topic, partition, offset, failures, error: codeOf(error) };
    this.#failing.set(`${topic}/${partition}`, failing);
    this.#options.onFailing?.([...this.#failing.values()]);
    const delayMs = Math.round(backoffDelay(redelivery, failures - 1, Math.random));
    this.#options.logger.warn(
      { err: error, topic, partition, offset, failures, delayMs },
      'A batch failed and will be delivered again',
    );
    const name = `${topic}/${partition}`;
    const resume = payload.pause();
    this.#paused.add(name);
    void wait(delayMs, this.#over.signal).then(() => {
      this.#paused.delete(name);
      resume();
    });
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
