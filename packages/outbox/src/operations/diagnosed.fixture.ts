import { diagnose } from './diagnose.ts';
import { type BrokerTopic, defaultDoctorLimits, type Facts } from './facts.ts';
import type { Finding } from './finding.ts';
import type { LaneState } from './lane-states.sql.ts';
import type { BackingOff, LiveRelay } from './live-relays.sql.ts';

export const relay: LiveRelay = {
  relayId: 'r',
  host: 'one',
  heartbeatAgeMs: 100,
  leaseLeftMs: 9_000,
  lanes: 4,
  clockAheadMs: 3,
  backingOff: [],
};

const lane = (number: number, topic: string, partition: number): LaneState => ({
  lane: number,
  topic,
  partition,
  isPaused: false,
  leaseEpoch: 1n,
  owner: { relayId: 'r', host: 'one', leaseLeftMs: 9_000 },
  position: 0n,
  logGeneration: 0,
  lastReceipt: null,
});

export const lanes = [
  lane(1, 'placed', 0),
  lane(2, 'placed', 1),
  lane(3, 'cancelled', 0),
  lane(4, 'cancelled', 1),
];

export type PresentTopic = Extract<BrokerTopic, { state: 'present' }>;
export const present: PresentTopic = {
  state: 'present',
  partitions: 2,
  leaderless: [],
  config: { 'retention.ms': '-1' },
};
export const topics = (placed: BrokerTopic = present): Facts['broker'] => ({
  state: 'answers',
  topics: new Map([
    ['placed', placed],
    ['cancelled', present],
  ]),
});

const healthy: Facts = {
  broker: topics(),
  lanes,
  backlog: [],
  relays: [relay],
  logLosses: [],
  strayLanes: [],
  parked: [],
  openTransactions: { seesAll: true, transactions: [] },
  missingPartitions: [],
  defaultPartitions: [],
  disks: [{ name: 'disk', freeBytes: 9e12, totalBytes: 1e13 }],
  clock: { aheadMs: 1, withinMs: 2 },
};

const wanted = [{ name: 'placed', config: { 'retention.ms': '-1' } }];

/** What is found where all is well but this. */
export function diagnosed(facts: Partial<Facts>): Finding[] {
  return diagnose({ ...healthy, ...facts }, wanted, defaultDoctorLimits);
}

export function causesOf(facts: Partial<Facts>): string[] {
  return diagnosed(facts).map(({ cause, subject }) => `${cause} ${subject}`);
}

export const waiting = (number: number, kind: string, code: string): BackingOff => ({
  lane: number,
  class: kind,
  code,
  since: '2026-11-24T06:00:00Z',
  failures: 2,
});

/** Events wait for an hour in these lanes. */
export const late = (...numbers: readonly number[]): Facts['backlog'] =>
  lanes
    .filter(({ lane: number }) => numbers.includes(number))
    .map(({ lane: number, topic, partition }) => ({
      lane: number,
      topic,
      partition,
      pending: 5,
      oldestAgeMs: 3_600_000,
      parked: 0,
      logGeneration: 0,
      isPaused: false,
      hasOwner: true,
    }));

export const backingOff = (...all: readonly BackingOff[]): LiveRelay[] => [{ ...relay, backingOff: all }];
