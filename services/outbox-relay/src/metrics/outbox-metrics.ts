import type { LaneBacklog } from '@waybill/outbox/operations';
import type { Logger } from 'pino';
import { Counter, Gauge, type Registry } from 'prom-client';

/** The lanes of one topic, taken together. */
export interface TopicBacklog {
  readonly topic: string;
  readonly pending: number;
  readonly oldestAgeMs: number;
  readonly parked: number;
  readonly unownedLanes: number;
  readonly pausedLanes: number;
  readonly logGenerations: number;
}

export function backlogByTopic(lanes: readonly LaneBacklog[]): TopicBacklog[] {
  const sum = (own: readonly LaneBacklog[], value: (lane: LaneBacklog) => number): number =>
    own.reduce((total, lane) => total + value(lane), 0);
  return [...Map.groupBy(lanes, ({ topic }) => topic)].map(([topic, own]) => ({
    topic,
    pending: sum(own, ({ pending }) => pending),
    oldestAgeMs: Math.max(...own.map(({ oldestAgeMs }) => oldestAgeMs ?? 0)),
    parked: sum(own, ({ parked }) => parked),
    unownedLanes: own.filter(({ hasOwner }) => !hasOwner).length,
    pausedLanes: own.filter(({ isPaused }) => isPaused).length,
    logGenerations: sum(own, ({ logGeneration }) => logGeneration),
  }));
}

const gauges: readonly {
  readonly name: string;
  readonly help: string;
  readonly value: (topic: TopicBacklog) => number;
}[] = [
  {
    name: 'waybill_outbox_pending_events',
    help: 'Committed events that no relay has published; counted up to a cap per lane.',
    value: ({ pending }) => pending,
  },
  {
    name: 'waybill_outbox_oldest_pending_age_seconds',
    help: 'Age of the oldest event that no relay has published, 0 when there is none.',
    value: ({ oldestAgeMs }) => oldestAgeMs / 1_000,
  },
  {
    name: 'waybill_outbox_parked_events',
    help: 'Events that were put aside: refused by the broker, or behind a refused one of their key.',
    value: ({ parked }) => parked,
  },
  {
    name: 'waybill_outbox_unowned_lanes',
    help: 'Lanes that no living relay owns.',
    value: ({ unownedLanes }) => unownedLanes,
  },
  {
    name: 'waybill_outbox_paused_lanes',
    help: 'Lanes that an operator has paused.',
    value: ({ pausedLanes }) => pausedLanes,
  },
  {
    name: 'waybill_outbox_log_generations',
    help: 'How often Kafka has lost the log of a partition, over all partitions.',
    value: ({ logGenerations }) => logGenerations,
  },
];

/** Scrapes that come together share a reading, and so do the gauges of one scrape. */
const FRESH_MS = 2_000;

interface OutboxMetricsOptions {
  readonly registry: Registry;
  readonly read: () => Promise<readonly LaneBacklog[]>;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Monotonic time in ms. */
  readonly monotonic: () => number;
}

/**
 * What waits in the outbox as a whole, read from its tables when somebody scrapes: the same from whichever relay, also
 * for lanes that nobody owns. What could not be read is absent; a gauge that stands at its last value or at zero would
 * say that all is well.
 *
 * @returns what asks for the outbox's topics, as the last reading found them
 */
export function registerOutboxMetrics(options: OutboxMetricsOptions): () => Promise<readonly string[]> {
  const { registry, read, logger, monotonic } = options;
  const registers = [registry];
  const observedAt = new Gauge({
    name: 'waybill_outbox_observed_timestamp_seconds',
    help: 'When the outbox was last read for these metrics, as Unix time.',
    registers,
    collect: () => observe(),
  });
  observedAt.remove();
  const failures = new Counter({
    name: 'waybill_outbox_read_failures_total',
    help: 'Scrapes for which the outbox could not be read; its gauges are absent then.',
    registers,
    collect: () => observe(),
  });
  const perTopic = gauges.map(({ name, help, value }) => ({
    value,
    gauge: new Gauge({ name, help, labelNames: ['topic'], registers, collect: () => observe() }),
  }));

  let topicNames: readonly string[] = [];
  let isReadable = true;
  async function readOnce(): Promise<void> {
    try {
      const topics = backlogByTopic(await read());
      for (const { gauge, value } of perTopic) {
        gauge.reset();
        for (const topic of topics) gauge.set({ topic: topic.topic }, value(topic));
      }
      observedAt.setToCurrentTime();
      topicNames = topics.map(({ topic }) => topic);
      if (!isReadable) logger.info('the outbox can be read for metrics again');
      isReadable = true;
    } catch (error) {
      for (const { gauge } of perTopic) gauge.reset();
      failures.inc();
      if (isReadable)
        logger.warn({ err: error }, 'the outbox cannot be read for metrics; its gauges are absent');
      isReadable = false;
    }
  }

  let latest: { readonly since: number; readonly done: Promise<void>; isOver: boolean } | undefined;
  function observe(): Promise<void> {
    const now = monotonic();
    if (latest === undefined || (latest.isOver && now - latest.since >= FRESH_MS)) {
      const reading = { since: now, done: readOnce().finally(() => (reading.isOver = true)), isOver: false };
      latest = reading;
    }
    return latest.done;
  }

  return async () => {
    await observe();
    return topicNames;
  };
}
