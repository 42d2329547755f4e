import type { KafkaSettings } from '@waybill/kafka';
import {
  type Cause,
  defaultDoctorLimits,
  type Diagnosis,
  type DoctorLimits,
  examine,
  type Instruments,
  type WantedTopic,
} from '@waybill/outbox/operations';
import type { Pool } from 'pg';
import type { RelayBench } from '../../../../test/relay/bench.ts';
import type { OperatorDatabase } from '../database/operator-database.ts';
import { describeBroker } from '../kafka/describe-broker.ts';
import { readDisks } from './read-disks.ts';

/** What is examined, and as whom. */
export interface Patient {
  readonly operator: OperatorDatabase;
  readonly databaseUrl: string;
  readonly kafka: KafkaSettings;
}

export interface Examination {
  readonly wanted?: readonly WantedTopic[];
  readonly limits?: Partial<DoctorLimits>;
  readonly instruments?: Partial<Instruments>;
}

/** As `waybill doctor` examines it, on a machine whose disks may be as full as they like. */
export async function diagnosisOf(
  { operator, databaseUrl, kafka }: Patient,
  { wanted = [], limits, instruments }: Examination = {},
): Promise<Diagnosis> {
  return examine(
    {
      database: operator,
      describeBroker: (topics) => describeBroker(kafka, topics),
      readDisks: (dataDirectory, topics) => readDisks(databaseUrl, dataDirectory, kafka, topics),
      now: Date.now,
      ...instruments,
    },
    wanted,
    { ...defaultDoctorLimits, freeBytes: 0, freeShare: 0, ...limits },
    new AbortController().signal,
  );
}

/** A bench's database and broker, seen by an operator. */
export function benchPatient(
  { database, brokers }: Pick<RelayBench, 'database' | 'brokers'>,
  operator: OperatorDatabase,
): Patient {
  return {
    operator,
    databaseUrl: database.urlFor('waybill_ops'),
    kafka: { brokers, clientId: 'doctor-test', requestTimeoutMs: 5_000 },
  };
}

/** What the examination names once it names this, or when the time for that is over. */
export async function named(
  expected: readonly Cause[],
  examined: () => Promise<Diagnosis>,
  limitMs: number,
): Promise<readonly Cause[]> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const found = (await examined()).findings.map(({ cause }) => cause);
    if (String(found) === String(expected) || performance.now() > deadline) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** How many lanes the relays' heartbeats tell of as waiting after a failure. */
export async function lanesBackingOff(pool: Pick<Pool, 'query'>): Promise<number> {
  const { rows } = await pool.query<{ lanes: number }>(
    'select coalesce(sum(jsonb_array_length(backing_off)), 0)::int as lanes from outbox_relay',
  );
  return rows[0]?.lanes ?? 0;
}
