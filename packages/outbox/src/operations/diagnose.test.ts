import { describe, expect, it } from 'vitest';
import { diagnose } from './diagnose.ts';
import { type BrokerTopic, defaultDoctorLimits, type Facts } from './facts.ts';
import type { Cause } from './finding.ts';
import type { LaneState } from './lane-states.sql.ts';
import type { BackingOff, LiveRelay } from './live-relays.sql.ts';

const relay: LiveRelay = {
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

const lanes = [lane(1, 'placed', 0), lane(2, 'placed', 1), lane(3, 'cancelled', 0), lane(4, 'cancelled', 1)];

const present: BrokerTopic = {
  state: 'present',
  partitions: 2,
  leaderless: [],
  config: { 'retention.ms': '-1' },
};
const topics = (placed: BrokerTopic = present): Facts['broker'] => ({
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

function causesOf(facts: Partial<Facts>): string[] {
  return diagnose({ ...healthy, ...facts }, wanted, defaultDoctorLimits).map(
    ({ cause, subject }) => `${cause} ${subject}`,
  );
}

const waiting = (number: number, kind: string, code: string): BackingOff => ({
  lane: number,
  class: kind,
  code,
  since: '2026-11-24T06:00:00Z',
  failures: 2,
});

/** Events wait for an hour in these lanes. */
const late = (...numbers: readonly number[]): Facts['backlog'] =>
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

const backingOff = (...all: readonly BackingOff[]): LiveRelay[] => [{ ...relay, backingOff: all }];

describe('a diagnosis', () => {
  it('is empty when nothing is wrong', () => {
    expect(causesOf({})).toEqual([]);
  });

  it('names an outage, and not what follows from it', () => {
    const everywhere = backingOff(
      ...lanes.map(({ lane: number }) => waiting(number, 'unreachable', 'ECONNREFUSED')),
    );
    expect(
      causesOf({
        broker: { state: 'unreachable', place: 'k:1', code: 'ECONNREFUSED' },
        relays: everywhere,
        backlog: late(1, 2, 3, 4),
      }),
    ).toEqual(['KAFKA_UNREACHABLE k:1']);
  });

  it.each<[BrokerTopic, Cause]>([
    [{ state: 'missing' }, 'TOPIC_MISSING'],
    [{ state: 'not authorized', code: 'TOPIC_AUTHORIZATION_FAILED' }, 'NOT_AUTHORIZED'],
    [{ state: 'unknown', code: 'UNKNOWN_SERVER_ERROR' }, 'LANE_BACKING_OFF'],
  ])('names what is wrong with a topic, and not that its lanes wait: %j', (found, cause) => {
    const own = backingOff(waiting(1, 'topic', 'X'), waiting(2, 'topic', 'X'));
    expect(causesOf({ broker: topics(found), relays: own, backlog: late(1, 2) })).toEqual([
      `${cause} placed`,
    ]);
  });

  it('names a partition without leader, and still what is wrong with the partition beside it', () => {
    const broker = topics({ ...present, leaderless: [1] });
    const own = backingOff(waiting(2, 'partition', 'LEADER_NOT_AVAILABLE'));
    expect(causesOf({ broker, relays: own, backlog: late(2) })).toEqual(['PARTITION_WITHOUT_LEADER placed']);
    const both = backingOff(
      waiting(2, 'partition', 'LEADER_NOT_AVAILABLE'),
      waiting(1, 'partition', 'NOT_ENOUGH_REPLICAS'),
    );
    expect(causesOf({ broker, relays: both })).toEqual([
      'PARTITION_WITHOUT_LEADER placed',
      'LANE_BACKING_OFF placed',
    ]);
  });

  it('names a topic that is too narrow, and not that the lane beyond it backs off', () => {
    const broker = topics({ ...present, partitions: 1 });
    const beyond = waiting(2, 'topic', 'UNKNOWN_TOPIC_OR_PARTITION');
    expect(causesOf({ broker, relays: backingOff(beyond), backlog: late(2) })).toEqual([
      'TOPIC_SETTINGS placed',
    ]);
    const both = backingOff(beyond, waiting(1, 'partition', 'NOT_ENOUGH_REPLICAS'));
    expect(causesOf({ broker, relays: both, backlog: late(1, 2) })).toEqual([
      'TOPIC_SETTINGS placed',
      'LANE_BACKING_OFF placed',
    ]);
  });

  it('says once that a topic is refused to whoever asks and to the relay', () => {
    const broker = topics({ state: 'not authorized', code: 'TOPIC_AUTHORIZATION_FAILED' });
    const own = backingOff(waiting(1, 'authorization', 'TOPIC_AUTHORIZATION_FAILED'));
    expect(causesOf({ broker, relays: own })).toEqual(['NOT_AUTHORIZED placed']);
  });

  it('names the relay that is cut off, once for all its lanes', () => {
    const own = backingOff(waiting(1, 'unreachable', 'ETIMEDOUT'), waiting(3, 'unreachable', 'ETIMEDOUT'));
    expect(causesOf({ relays: own, backlog: late(1, 3) })).toEqual(['RELAY_CANNOT_REACH_KAFKA one']);
  });

  it('names a quota once, and not that lanes under it get no answer or that their events wait', () => {
    const own = backingOff(waiting(1, 'quota', 'THROTTLED'), waiting(3, 'unreachable', 'REQUEST_TIMEOUT'));
    expect(causesOf({ relays: own, backlog: late(1, 2, 3) })).toEqual(['QUOTA_EXCEEDED one']);
  });

  it('names beside a quota what other lanes of the relay wait for', () => {
    const own = backingOff(
      waiting(1, 'quota', 'THROTTLED'),
      waiting(3, 'authorization', 'TOPIC_AUTHORIZATION_FAILED'),
    );
    expect(causesOf({ relays: own, backlog: late(1, 2, 3) })).toEqual([
      'QUOTA_EXCEEDED one',
      'NOT_AUTHORIZED cancelled',
    ]);
  });

  it('names that no relay runs, and not that lanes have no owner', () => {
    const unowned = lanes.map((state) => ({ ...state, owner: null }));
    expect(causesOf({ relays: [], lanes: unowned, backlog: late(1, 2, 3) })).toEqual(['NO_RELAY relay']);
  });

  it('names a pause, and not that events wait behind it', () => {
    const paused = lanes.map((state) => ({ ...state, isPaused: state.lane === 1 }));
    expect(causesOf({ lanes: paused, backlog: late(1) })).toEqual(['LANE_PAUSED placed']);
    expect(causesOf({ lanes: paused, backlog: late(1, 3) })).toEqual([
      'LANE_PAUSED placed',
      'EVENTS_WAIT cancelled',
    ]);
  });

  it('names a lost log, and not the pause or the waiting that follow from it', () => {
    const paused = lanes.map((state) => ({ ...state, isPaused: state.lane === 1 }));
    const loss = { topic: 'placed', lostFrom: 0n, lostTo: 59n };
    const logLosses = [
      { ...loss, lane: 1, state: 'paused' as const },
      { ...loss, lane: 2, state: 'republishing' as const },
    ];
    expect(causesOf({ lanes: paused, logLosses, backlog: late(1, 2) })).toEqual(['LOG_LOST placed']);
  });

  it.each([
    [{ ...present, config: { 'retention.ms': '1' } }, ['TOPIC_SETTINGS placed']],
    [{ ...present, partitions: 3 }, ['TOPIC_SETTINGS placed']],
    [{ ...present, config: undefined }, []],
  ])('compares a topic’s settings where they can be seen: %j', (found, expected) => {
    expect(causesOf({ broker: topics(found) })).toEqual(expected);
  });

  it('names the default partition, and not the day that cannot be made because of it', () => {
    const missingPartitions = [
      { parent: 'outbox', day: '2026-11-25' },
      { parent: 'outbox', day: '2026-11-26' },
    ] as const;
    const defaultPartitions = [{ parent: 'outbox', rows: 3, days: ['2026-11-25'] }] as const;
    expect(causesOf({ missingPartitions: missingPartitions.slice(0, 1), defaultPartitions })).toEqual([
      'DEFAULT_PARTITION_USED outbox_default',
    ]);
    expect(causesOf({ missingPartitions, defaultPartitions })).toEqual([
      'DEFAULT_PARTITION_USED outbox_default',
      'PARTITION_MISSING outbox',
    ]);
  });

  it.each([
    [5_001, 0, ['CLOCK_SKEW this host']],
    [-5_001, 0, ['CLOCK_SKEW this host']],
    [5_001, 10, []],
  ])('allows for how exactly a clock can be read: %d ms ± %d', (aheadMs, withinMs, expected) => {
    expect(causesOf({ clock: { aheadMs, withinMs } })).toEqual(expected);
  });

  it('names a relay’s clock, and not that Kafka refuses what it stamps; nothing else is explained by it', () => {
    const seenWith = (clockAheadMs: number, code: string) =>
      causesOf({ relays: [{ ...relay, clockAheadMs, backingOff: [waiting(1, 'protocol', code)] }] });
    const refused = 'LANE_BACKING_OFF placed';
    expect(seenWith(7_200_000, 'INVALID_TIMESTAMP')).toEqual(['CLOCK_SKEW one']);
    expect(seenWith(7_200_000, 'CORRUPT_MESSAGE')).toEqual([refused, 'CLOCK_SKEW one']);
    expect(seenWith(3, 'INVALID_TIMESTAMP')).toEqual([refused]);
  });

  it.each([
    [{ freeBytes: 1e9, totalBytes: 1e9 }, ['DISK_LOW disk']],
    [{ freeBytes: 4e10, totalBytes: 1e12 }, ['DISK_LOW disk']],
    [{ freeBytes: 6e10, totalBytes: 1e12 }, []],
  ])('wants room on a disk, in bytes and in parts: %j', (space, expected) => {
    expect(causesOf({ disks: [{ name: 'disk', ...space }] })).toEqual(expected);
  });
});
