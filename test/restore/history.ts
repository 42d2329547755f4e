import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { inject } from 'vitest';
import {
  countDuplicates,
  type Duplicates,
  judge,
  readOutbox,
  readRecords,
  verdicts,
} from '../checker/index.ts';
import { createTopic, type RunningRelay, startRelay, until } from '../relay/bench.ts';
import { type PlantedEvent, plant } from '../relay/outbox-rows.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';
import { makeSchema, type OwnCluster, startCluster } from './own-cluster.ts';

/** A cluster with a past, its topic in Kafka, and room for what it is restored to. */
export interface History extends AsyncDisposable {
  readonly topic: string;
  readonly partitions: number;
  readonly first: OwnCluster;
  /** A folder for another cluster, or a file. */
  place(name: string): string;
  /** Takes care of a cluster's end. */
  own(cluster: Promise<OwnCluster>): Promise<OwnCluster>;
  relayOn(url: string): RunningRelay;
  write(cluster: OwnCluster, events: readonly PlantedEvent[]): Promise<void>;
  /** Waits until Kafka holds every event that the cluster's outbox holds. */
  allPublished(cluster: OwnCluster): Promise<void>;
  /** What is wrong with it, apart from `exempt`, and what stands in Kafka more than once. */
  judged(
    cluster: OwnCluster,
    exempt: readonly (keyof typeof verdicts)[],
  ): Promise<{ readonly problems: string[]; readonly duplicates: Duplicates; readonly records: number }>;
}

/** Leases end soon, so that what a killed relay held moves within the test. */
const settings = { leaseMs: 3_000, sendTimeoutMs: 1_500, upkeepEveryMs: 3_600_000 };

export async function beginHistory(partitions: number): Promise<History> {
  const brokers = inject('servers').kafkaBrokers;
  const topic = `t_${randomBytes(6).toString('hex')}`;
  const opened = new AsyncDisposableStack();
  try {
    const folder = opened.use(temporaryFolder());
    const place = (name: string): string => path.join(folder.path, name);
    await createTopic({ brokers, replicas: 1 }, topic, partitions);
    const first = opened.use(await startCluster(place('first')));
    await makeSchema(first, topic, partitions);
    return {
      topic,
      partitions,
      first,
      place,
      own: async (cluster) => opened.use(await cluster),
      relayOn(url) {
        const relay = startRelay(url, brokers, { settings });
        opened.defer(() => relay.stop());
        return relay;
      },
      write: (cluster, events) => plant(cluster.admin, topic, partitions, events),
      async allPublished(cluster) {
        await until(
          'every committed event is in Kafka',
          async () => {
            const outbox = await readOutbox(cluster.urlFor('superuser'));
            const records = await readRecords(brokers, [topic]);
            return verdicts.lostEvents({ ...outbox, records }).length === 0;
          },
          60_000,
        );
      },
      async judged(cluster, exempt) {
        const records = await readRecords(brokers, [topic]);
        const outbox = await readOutbox(cluster.urlFor('superuser'));
        const counted = Object.entries(verdicts).filter(([name]) => !exempt.some((each) => each === name));
        return {
          problems: judge({ ...outbox, records }, Object.fromEntries(counted)),
          duplicates: countDuplicates(records),
          records: records.length,
        };
      },
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

/** `name-1`, `name-2` …, each with one version. */
export function eventsNamed(name: string, count: number, version = 1): PlantedEvent[] {
  return Array.from({ length: count }, (_, index) => ({ key: `${name}-${index + 1}`, version }));
}

/** What a relay said about the source's change, in order. */
export function changesSaid(relay: RunningRelay): string[] {
  return relay.events.flatMap((event) => (event.type === 'source-changed' ? [event.change] : []));
}
