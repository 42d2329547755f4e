import { describe, expect, it } from 'vitest';
import {
  backingOff,
  causesOf,
  diagnosed,
  lanes,
  late,
  present,
  relay,
  topics,
  waiting,
} from './diagnosed.fixture.ts';
import type { BrokerTopic, Facts } from './facts.ts';

const shutOut = (lane: number) => waiting(lane, 'authorization', 'SASL_AUTHENTICATION_FAILED');
const away = { state: 'unreachable', place: 'k:1', code: 'ECONNREFUSED' } as const;
const mayNotWrite = (lane: number) => waiting(lane, 'authorization', 'TOPIC_AUTHORIZATION_FAILED');

describe('a relay that Kafka does not let in', () => {
  it('is named once for all its lanes, with the settings that say who it is', () => {
    const own = backingOff(shutOut(1), shutOut(3), waiting(4, 'unreachable', 'CONNECTION_FAILED'));
    expect(diagnosed({ relays: own, backlog: late(1, 2, 3, 4) })).toEqual([
      expect.objectContaining({
        cause: 'NOT_AUTHORIZED',
        subject: 'one',
        what: expect.stringMatching(/the relay on one .*\(SASL_AUTHENTICATION_FAILED\)/),
        remedy: expect.stringContaining('the relay’s KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD'),
      }),
    ]);
  });

  it.each([
    'SASL_AUTHENTICATION_FAILED',
    'UNSUPPORTED_SASL_MECHANISM',
    'ILLEGAL_SASL_STATE',
    'UNACCEPTABLE_CREDENTIAL',
  ])('is known by the code %s', (code) => {
    expect(causesOf({ relays: backingOff(waiting(1, 'authorization', code)) })).toEqual([
      'NOT_AUTHORIZED one',
    ]);
  });

  it('is named beside another one, and beside the topic that a third may not write to', () => {
    const relays = [
      ...backingOff(shutOut(1)),
      { ...relay, relayId: 's', host: 'two', backingOff: [shutOut(2)] },
      { ...relay, relayId: 't', host: 'three', backingOff: [mayNotWrite(3)] },
    ];
    const shared = lanes.map((state, at) => {
      const { relayId, host } = relays[at] ?? relay;
      return { ...state, owner: { relayId, host, leaseLeftMs: 9_000 } };
    });
    expect(causesOf({ relays, lanes: shared, backlog: late(1, 2, 3) })).toEqual([
      'NOT_AUTHORIZED one',
      'NOT_AUTHORIZED two',
      'NOT_AUTHORIZED cancelled',
    ]);
  });

  it.each<[BrokerTopic, string]>([
    [{ state: 'missing' }, 'TOPIC_MISSING placed'],
    [{ state: 'not authorized', code: 'TOPIC_AUTHORIZATION_FAILED' }, 'NOT_AUTHORIZED placed'],
    [{ ...present, leaderless: [0] }, 'PARTITION_WITHOUT_LEADER placed'],
  ])('is named beside what is wrong with a topic: %j', (found, cause) => {
    expect(causesOf({ broker: topics(found), relays: backingOff(shutOut(1)) })).toEqual([
      cause,
      'NOT_AUTHORIZED one',
    ]);
  });

  it('is not named for what it was told before an outage or a pause', () => {
    const relays = backingOff(shutOut(1));
    const inOutage = backingOff(shutOut(1), waiting(2, 'unreachable', 'ECONNREFUSED'));
    expect(causesOf({ broker: away, relays: inOutage })).toEqual(['KAFKA_UNREACHABLE k:1']);
    const paused = lanes.map((state) => ({ ...state, isPaused: state.lane === 1 }));
    expect(causesOf({ lanes: paused, relays })).toEqual(['LANE_PAUSED placed']);
  });
});

describe('where whoever asks gets no answer', () => {
  it('says whether relays get one', () => {
    const what = (relays: Facts['relays']) => diagnosed({ broker: away, relays }).map((found) => found.what);
    expect(what(backingOff(waiting(2, 'unreachable', 'ETIMEDOUT')))).toEqual([
      'Kafka does not answer at k:1 (ECONNREFUSED). Nothing is lost: events wait in the outbox.',
    ]);
    expect(what([relay])).toEqual([
      'Kafka does not answer at k:1 (ECONNREFUSED) from here, and no relay says that it does not answer there. If it is away, nothing is lost: events wait in the outbox.',
    ]);
  });

  it('hides nothing of what relays tell that it answers', () => {
    const relays = backingOff(mayNotWrite(1));
    expect(causesOf({ broker: away, relays, backlog: late(1) })).toEqual([
      'KAFKA_UNREACHABLE k:1',
      'NOT_AUTHORIZED placed',
    ]);
  });
});

describe('where whoever asks is not let in', () => {
  const broker = { state: 'refuses', place: 'k:1', code: 'SASL_AUTHENTICATION_FAILED' } as const;

  it('that is named, with the settings to look at, and nothing that is well', () => {
    expect(diagnosed({ broker })).toEqual([
      expect.objectContaining({
        cause: 'NOT_AUTHORIZED',
        subject: 'k:1',
        what: expect.stringContaining('does not let us in (SASL_AUTHENTICATION_FAILED)'),
        remedy: expect.stringContaining('KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD'),
      }),
    ]);
  });

  it.each<[string, Partial<Facts>, string]>([
    ['a relay that is not let in either', { relays: backingOff(shutOut(1)) }, 'NOT_AUTHORIZED one'],
    [
      'a topic that a relay may not write to',
      { relays: backingOff(mayNotWrite(1)) },
      'NOT_AUTHORIZED placed',
    ],
    [
      'a relay that is cut off',
      { relays: backingOff(waiting(1, 'unreachable', 'ETIMEDOUT')) },
      'RELAY_CANNOT_REACH_KAFKA one',
    ],
    ['a quota', { relays: backingOff(waiting(1, 'quota', 'THROTTLED')) }, 'QUOTA_EXCEEDED one'],
    [
      'a topic that is missing, by what the relay is told',
      { relays: backingOff(waiting(1, 'topic', 'UNKNOWN_TOPIC_OR_PARTITION')) },
      'LANE_BACKING_OFF placed',
    ],
    [
      'a lane that nobody holds',
      { lanes: lanes.map((state) => (state.lane === 1 ? { ...state, owner: null } : state)) },
      'LANE_UNOWNED placed',
    ],
    ['events that wait', { backlog: late(1) }, 'EVENTS_WAIT placed'],
  ])('names %s all the same', (_, facts, cause) => {
    expect(causesOf({ broker, ...facts })).toEqual(['NOT_AUTHORIZED k:1', cause]);
  });
});
