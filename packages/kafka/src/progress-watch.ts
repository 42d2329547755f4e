import { wait } from '@waybill/retry';
import type { Admin } from 'kafkajs';
import { openKafka } from './client.ts';
import type { MembershipOptions } from './consumer.ts';
import { disconnectWithin } from './disconnect-within.ts';
import { Sockets } from './sockets.ts';
import {
  judgeProgress,
  type MeasuredPartition,
  StaleConsumerError,
  type Standings,
} from './stalled-partitions.ts';

/** What is asked about a membership. */
export interface Watched {
  /** How long a partition may stand still, in ms. */
  readonly patienceMs: number;
  readonly isAssigned: (topic: string, partition: number) => boolean;
  /** `topic/partition` of those that have a batch in hand or are paused. */
  readonly busy: () => ReadonlySet<string>;
  readonly onProgress: () => void;
}

const closeLimitMs = 1_000;

/** Measures how far a member is behind, over connections of its own: those of a stale client are part of the question. */
export class ProgressWatch implements AsyncDisposable {
  readonly #options: Omit<MembershipOptions<never>, 'onBatch' | 'toMessage'>;
  readonly #watched: Watched;
  #connection: { readonly admin: Admin; readonly sockets: Sockets } | undefined;
  #standings: Standings = new Map();

  constructor(options: Omit<MembershipOptions<never>, 'onBatch' | 'toMessage'>, watched: Watched) {
    this.#options = options;
    this.#watched = watched;
  }

  /** @throws StaleConsumerError */
  async run(signal: AbortSignal): Promise<void> {
    const { measureMs = 5_000 } = this.#options.patience ?? {};
    for (;;) {
      await wait(measureMs, signal);
      if (signal.aborted) return;
      const measured = await this.#measured();
      this.#options.onRound?.();
      if (measured !== undefined && !signal.aborted) this.#judge(measured);
    }
  }

  #judge(measured: readonly MeasuredPartition[]): void {
    const { patienceMs, busy, onProgress } = this.#watched;
    this.#options.onLag?.(measured.map(({ topic, partition, lag }) => ({ topic, partition, lag })));
    const judgement = judgeProgress(this.#standings, measured, {
      busy: busy(),
      now: performance.now(),
      patienceMs,
    });
    this.#standings = judgement.standings;
    if (judgement.moved) onProgress();
    if (judgement.stalled.length > 0) throw new StaleConsumerError(judgement.stalled);
  }

  /** @returns undefined when Kafka did not tell: its absence is nobody's lack of progress */
  async #measured(): Promise<readonly MeasuredPartition[] | undefined> {
    const { group, topics, fromBeginning, logger } = this.#options;
    try {
      const admin = await this.#connected();
      // The ends first: this loads the metadata, without which kafkajs knows no broker to ask for a coordinator.
      const ends = await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)));
      const committed = await admin.fetchOffsets({ groupId: group, topics: [...topics] });
      return topics.flatMap((topic, i) =>
        (ends[i] ?? [])
          .filter(({ partition }) => this.#watched.isAssigned(topic, partition))
          .map(({ partition, low, high }) => {
            const its = committed.find((one) => one.topic === topic)?.partitions;
            const offset = BigInt(its?.find((one) => one.partition === partition)?.offset ?? '-1');
            const begin = BigInt(fromBeginning ? low : high);
            const from = offset < 0n ? begin : offset;
            const lag = Number(BigInt(high) - from);
            return { topic, partition, committed: offset < 0n ? undefined : offset, lag: Math.max(0, lag) };
          }),
      );
    } catch (error) {
      logger.debug({ err: error, group }, 'The lag could not be measured');
      this.#standings = new Map();
      await this[Symbol.asyncDispose]();
      return undefined;
    }
  }

  async #connected(): Promise<Admin> {
    if (this.#connection === undefined) {
      const sockets = new Sockets();
      const { settings, logger } = this.#options;
      const admin = openKafka(settings, logger, sockets, 'perBroker').admin({
        retry: { retries: 1, initialRetryTime: 100 },
      });
      this.#connection = { admin, sockets };
      await admin.connect();
    }
    return this.#connection.admin;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection) await disconnectWithin(closeLimitMs, connection.admin.disconnect(), connection.sockets);
  }
}
