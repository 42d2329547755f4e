import type { Cause, Diagnosis, Finding } from '@waybill/outbox/operations';
import { expect } from 'vitest';
import { KafkaAdministration } from '../../../../test/faults/kafka-administration.ts';
import { settled } from '../../../../test/faults/verdict.ts';
import { type RelayBench, relayBench, until } from '../../../../test/relay/bench.ts';
import { plant } from '../../../../test/relay/outbox-rows.ts';
import { openDatabase } from '../database/operator-database.ts';
import { benchPatient, diagnosisOf, lanesBackingOff, named } from './doctor.fixture.ts';

export const WARD_PARTITIONS = 3;
export const wardSettings = { laneBackoff: { baseMs: 20, capMs: 200 }, heartbeatMs: 200 };
/** Of each wait on a busy machine; a test has a few of them. */
const limitMs = 30_000;
export const wardLimit = { timeout: 120_000 };

/** A bench with events, and doctor beside it. */
export interface Ward extends AsyncDisposable {
  readonly bench: RelayBench;
  readonly administration: KafkaAdministration;
  /** What doctor finds, of events that wait at all too. */
  examined(): Promise<Diagnosis>;
  /** A new event for each of many keys, so that every lane has some. */
  write(): Promise<void>;
}

/** @param config as the topic should have it */
export async function ward(config: Readonly<Record<string, string>> = {}): Promise<Ward> {
  await using starting = new AsyncDisposableStack();
  const bench = starting.use(await relayBench(WARD_PARTITIONS));
  const operator = starting.use(await openDatabase(bench.database.urlFor('waybill_ops')));
  const administration = starting.use(new KafkaAdministration(bench.brokers));
  const wanted = [{ name: bench.topic, config }];
  let version = 0;
  const open = starting.move();
  return {
    bench,
    administration,
    examined: () => diagnosisOf(benchPatient(bench, operator), { wanted, limits: { pendingMs: 0 } }),
    async write() {
      version += 1;
      const keys = Array.from({ length: 30 }, (_, at) => ({ key: `k${at}`, version }));
      await plant(bench.admin, bench.topic, WARD_PARTITIONS, keys);
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** A relay that has published to every lane, and nothing to find. */
export async function healthy(now: Ward): Promise<void> {
  now.bench.startRelay({ settings: wardSettings });
  await now.write();
  await published(now);
  expect(await now.examined()).toEqual({ findings: [], unchecked: [] });
}

export async function published({ bench }: Ward): Promise<void> {
  await settled(bench, limitMs);
}

export async function backOff({ bench }: Ward, lanes: number): Promise<void> {
  const all = async (): Promise<boolean> => (await lanesBackingOff(bench.admin)) === lanes;
  await until(`${lanes} lanes back off`, all, limitMs);
}

export async function findings(now: Ward): Promise<readonly Finding[]> {
  return (await now.examined()).findings;
}

/** What is found once this is named and nothing else: what a relay says of itself is as old as its heartbeat. */
export async function findingsOf(now: Ward, ...causes: readonly Cause[]): Promise<readonly Finding[]> {
  expect(await named(causes, () => now.examined(), limitMs)).toEqual(causes);
  return findings(now);
}

/** What is still named once everything is published and there was time for the rest. */
export async function leftAfterTheMend(now: Ward): Promise<readonly Cause[]> {
  await published(now);
  return named([], () => now.examined(), limitMs);
}
