import type { BrokerTopic, Facts, WantedTopic } from './facts.ts';
import type { Finding } from './finding.ts';
import type { LaneState } from './lane-states.sql.ts';

/** What is wrong with the broker or between it and the relays. Nothing is said twice: an outage explains its lanes. */
export function brokerFindings(facts: Facts, wanted: readonly WantedTopic[]): Finding[] {
  const { broker } = facts;
  if (broker.state === 'unreachable') {
    return [
      {
        cause: 'KAFKA_UNREACHABLE',
        subject: broker.place,
        what: `Kafka does not answer at ${broker.place} (${broker.code}). Nothing is lost: events wait in the outbox.`,
        remedy: 'Start the brokers, or mend the network or the address in KAFKA_BROKERS.',
      },
    ];
  }
  if (broker.state === 'refuses') {
    return [
      {
        cause: 'NOT_AUTHORIZED',
        subject: broker.place,
        what: `Kafka at ${broker.place} does not let us in (${broker.code}).`,
        remedy: 'Check user, password and TLS settings, and whether the brokers know that user.',
      },
    ];
  }
  const byTopic = [...Map.groupBy(facts.lanes, ({ topic }) => topic)];
  return byTopic.flatMap(([topic, lanes]) => {
    const found = broker.topics.get(topic);
    const config = wanted.find(({ name }) => name === topic)?.config ?? {};
    return found === undefined ? [] : topicFindings(topic, lanes, found, config);
  });
}

function topicFindings(
  topic: string,
  lanes: readonly LaneState[],
  found: BrokerTopic,
  config: WantedTopic['config'],
): Finding[] {
  switch (found.state) {
    case 'missing':
      return [
        {
          cause: 'TOPIC_MISSING',
          subject: topic,
          what: `Kafka has no topic ${topic}.`,
          remedy: `Create it with ${lanes.length} partitions; its events wait in the outbox until then.`,
        },
      ];
    case 'not authorized':
      return [notAuthorized(topic, found.code)];
    case 'unknown':
      return [
        {
          cause: 'LANE_BACKING_OFF',
          subject: topic,
          what: `Kafka answers ${found.code} when asked for ${topic}.`,
          remedy: 'Look at the brokers’ logs.',
        },
      ];
    case 'present':
      return [...settingsFindings(topic, lanes, found, config), ...leaderFindings(topic, found.leaderless)];
  }
}

/** The relay, or whoever asks, lacks a right on a topic. */
export function notAuthorized(topic: string, code: string): Finding {
  return {
    cause: 'NOT_AUTHORIZED',
    subject: topic,
    what: `Kafka refuses ${topic} (${code}). Nothing is lost: its events wait in the outbox.`,
    remedy: 'Give the relay’s user WRITE and DESCRIBE on the topic; it goes on by itself.',
  };
}

function settingsFindings(
  topic: string,
  lanes: readonly LaneState[],
  found: Extract<BrokerTopic, { state: 'present' }>,
  wanted: WantedTopic['config'],
): Finding[] {
  const differences = Object.entries(wanted).flatMap(([name, value]) => {
    const actual = found.config?.[name];
    return found.config === undefined || actual === value
      ? []
      : [`${name}=${actual ?? '(nothing)'} instead of ${value}`];
  });
  const lanesNeeded = Math.max(...lanes.map(({ partition }) => partition)) + 1;
  if (found.partitions !== lanesNeeded) {
    differences.unshift(`${found.partitions} partitions instead of ${lanesNeeded}`);
  }
  if (differences.length === 0) return [];
  return [
    {
      cause: 'TOPIC_SETTINGS',
      subject: topic,
      what: `${topic} has ${differences.join(', ')}.`,
      remedy:
        'Set the configuration back. A key’s partition depends on their number: for another number use a new topic.',
    },
  ];
}

function leaderFindings(topic: string, leaderless: readonly number[]): Finding[] {
  if (leaderless.length === 0) return [];
  return [
    {
      cause: 'PARTITION_WITHOUT_LEADER',
      subject: topic,
      what: `Nobody leads ${topic}/${leaderless.join(`, ${topic}/`)}. Other partitions flow on.`,
      remedy: 'Bring back the brokers that hold these partitions; the relay goes on by itself.',
    },
  ];
}
