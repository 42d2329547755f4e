import { describe, expect, it } from 'vitest';
import {
  backingOff,
  causesOf,
  diagnosed,
  lanes,
  late,
  type PresentTopic,
  present,
  topics,
  waiting,
} from './diagnosed.fixture.ts';
import type { BrokerTopic, Facts } from './facts.ts';
import type { Cause, Finding } from './finding.ts';

const ofLost = { lane: 1, topic: 'placed', lostFrom: 0n, lostTo: 59n, state: 'republishing' } as const;

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

  it('says once that a topic is refused to whoever asks and to the relay, and what the relay needs', () => {
    const broker = topics({ state: 'not authorized', code: 'TOPIC_AUTHORIZATION_FAILED' });
    const own = backingOff(waiting(1, 'authorization', 'TOPIC_AUTHORIZATION_FAILED'));
    expect(diagnosed({ broker, relays: own, backlog: late(1) })).toEqual([
      expect.objectContaining({
        cause: 'NOT_AUTHORIZED',
        subject: 'placed',
        remedy: expect.stringContaining('relay’s user WRITE and DESCRIBE'),
      }),
    ]);
  });

  it('says what whoever asks needs to see a topic, and still what the relay waits for there', () => {
    const broker = topics({ state: 'not authorized', code: 'TOPIC_AUTHORIZATION_FAILED' });
    expect(diagnosed({ broker })).toEqual([
      expect.objectContaining({
        cause: 'NOT_AUTHORIZED',
        subject: 'placed',
        remedy: 'Give the user that asks DESCRIBE on the topic.',
      }),
    ]);
    const own = backingOff(waiting(1, 'partition', 'NOT_ENOUGH_REPLICAS'));
    expect(causesOf({ broker, relays: own, backlog: late(1) })).toEqual([
      'NOT_AUTHORIZED placed',
      'LANE_BACKING_OFF placed',
    ]);
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

  it('names a log for which the relay paused its lane, and not what it was told before', () => {
    const relays = backingOff(waiting(1, 'authorization', 'TOPIC_AUTHORIZATION_FAILED'));
    expect(causesOf({ relays, logLosses: [{ ...ofLost, state: 'paused' }] })).toEqual(['LOG_LOST placed']);
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

  it.each<[string, Partial<Facts>, string]>([
    [
      'an operator’s pause',
      { lanes: lanes.map((state) => ({ ...state, isPaused: state.lane === 1 })) },
      'LANE_PAUSED placed',
    ],
    [
      'a replica that is missing',
      { relays: backingOff(waiting(1, 'broker', 'NOT_ENOUGH_REPLICAS')) },
      'LANE_BACKING_OFF placed',
    ],
    [
      'a relay that is cut off',
      { relays: backingOff(waiting(1, 'unreachable', 'ETIMEDOUT')) },
      'RELAY_CANNOT_REACH_KAFKA one',
    ],
    [
      'that nobody holds the lane',
      { lanes: lanes.map((state) => (state.lane === 1 ? { ...state, owner: null } : state)) },
      'LANE_UNOWNED placed',
    ],
    [
      'a right that is missing',
      { relays: backingOff(waiting(1, 'authorization', 'TOPIC_AUTHORIZATION_FAILED')) },
      'NOT_AUTHORIZED placed',
    ],
  ])('names beside a lost log %s, which keeps it from being published again', (_, facts, cause) => {
    expect(causesOf({ ...facts, logLosses: [ofLost], backlog: late(1) })).toEqual(['LOG_LOST placed', cause]);
  });

  const narrow = {
    what: 'placed has 1 partitions instead of 2. Events of placed/1 wait in the outbox; other partitions flow on.',
    remedy: 'Widen it to 2 partitions, which moves no key; the relay goes on by itself.',
  };
  it.each<[string, Partial<PresentTopic>, Pick<Finding, 'what' | 'remedy'>]>([
    ['too narrow', { partitions: 1 }, narrow],
    [
      'too wide',
      { partitions: 3 },
      {
        what: 'placed has 3 partitions instead of 2.',
        remedy:
          'Kafka takes no partition away, and the relay uses the first 2 as before: for more partitions use a new topic.',
      },
    ],
    [
      'set otherwise',
      { config: { 'retention.ms': '1' } },
      { what: 'placed has retention.ms=1 instead of -1.', remedy: 'Set the configuration back.' },
    ],
    [
      'too narrow and set otherwise',
      { partitions: 1, config: {} },
      {
        what: narrow.what.replace('of 2.', 'of 2, retention.ms=(nothing) instead of -1.'),
        remedy: `${narrow.remedy} Set the configuration back.`,
      },
    ],
  ])('says what is wrong with a topic’s settings, and what mends that: %s', (_, found, sentences) => {
    expect(diagnosed({ broker: topics({ ...present, ...found }) })).toEqual([
      { cause: 'TOPIC_SETTINGS', subject: 'placed', ...sentences },
    ]);
  });

  it('does not compare settings that cannot be seen', () => {
    expect(causesOf({ broker: topics({ ...present, config: undefined }) })).toEqual([]);
  });
});
