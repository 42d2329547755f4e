import type { BrokerTopic, Facts, WantedTopic } from './facts.ts';
import type { Finding } from './finding.ts';
import type { LaneState } from './lane-states.sql.ts';
import type { LiveRelay } from './live-relays.sql.ts';

/** What is wrong with the broker or between it and the relays. Nothing is said twice: an outage explains its lanes. */
export function brokerFindings(facts: Facts, wanted: readonly WantedTopic[]): Finding[] {
  const { broker } = facts;
  if (broker.state === 'unreachable') {
    return [
      {
        cause: 'KAFKA_UNREACHABLE',
        subject: broker.place,
        what:
          `Kafka does not answer at ${broker.place} (${broker.code})` +
          (facts.relays.length === 0 || tellOfOutage(facts.relays)
            ? '. Nothing is lost: events wait in the outbox.'
            : ' from here, and no relay says that it does not answer there. If it is away, nothing is lost: events wait in the outbox.'),
        remedy: 'Start the brokers, or mend the network or the address in KAFKA_BROKERS.',
      },
    ];
  }
  if (broker.state === 'refuses') {
    return [
      {
        cause: 'NOT_AUTHORIZED',
        subject: broker.place,
        what: `Kafka at ${broker.place} does not let us in (${broker.code}): no topic was looked at. Relays have logins of their own.`,
        remedy:
          'Check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD, KAFKA_SASL_MECHANISM and KAFKA_TLS here, and whether the brokers know that user.',
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

/** Whether a relay gets no answer either. One that has nothing to send tells nothing. */
export function tellOfOutage(relays: readonly LiveRelay[]): boolean {
  return relays.some(({ backingOff }) => backingOff.some(({ class: kind }) => kind === 'unreachable'));
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
      return [notShown(topic, found.code)];
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

/** Whoever asks lacks a right on a topic; what the relays may do is another matter. */
function notShown(topic: string, code: string): Finding {
  return {
    cause: 'NOT_AUTHORIZED',
    subject: topic,
    what: `Kafka does not show us ${topic} (${code}). Relays have users of their own.`,
    remedy: 'Give the user that asks DESCRIBE on the topic.',
  };
}

/** A relay lacks a right on a topic. */
export function notAuthorized(topic: string, code: string): Finding {
  return {
    cause: 'NOT_AUTHORIZED',
    subject: topic,
    what: `Kafka refuses ${topic} (${code}). Nothing is lost: its events wait in the outbox.`,
    remedy: 'Give the relay’s user WRITE and DESCRIBE on the topic; it goes on by itself.',
  };
}

/** One way in which a topic is not as it should be. */
interface Difference {
  /** `2 partitions instead of 3`, for example. */
  readonly has: string;
  /** A sentence for each. */
  readonly consequences: readonly string[];
  readonly remedy: string;
}

function settingsFindings(
  topic: string,
  lanes: readonly LaneState[],
  { partitions, config }: Extract<BrokerTopic, { state: 'present' }>,
  wanted: WantedTopic['config'],
): Finding[] {
  const differences = [
    ...widthDifferences(topic, lanes, partitions),
    ...(config === undefined ? [] : configDifferences(config, wanted)),
  ];
  if (differences.length === 0) return [];
  const has = `${topic} has ${differences.map((difference) => difference.has).join(', ')}.`;
  return [
    {
      cause: 'TOPIC_SETTINGS',
      subject: topic,
      what: [has, ...differences.flatMap(({ consequences }) => consequences)].join(' '),
      remedy: differences.map(({ remedy }) => remedy).join(' '),
    },
  ];
}

/** The outbox's lanes decide which partition a key has; Kafka's number only has to be the same. */
function widthDifferences(topic: string, lanes: readonly LaneState[], partitions: number): Difference[] {
  const needed = Math.max(...lanes.map(({ partition }) => partition)) + 1;
  if (partitions === needed) return [];
  const has = `${partitions} partitions instead of ${needed}`;
  if (partitions > needed) {
    return [
      {
        has,
        consequences: [],
        remedy: `Kafka takes no partition away, and the relay uses the first ${needed} as before: for more partitions use a new topic.`,
      },
    ];
  }
  const beyond = lanes.map(({ partition }) => partition).filter((partition) => partition >= partitions);
  return [
    {
      has,
      consequences: [
        `Events of ${topic}/${beyond.join(`, ${topic}/`)} wait in the outbox; other partitions flow on.`,
      ],
      remedy: `Widen it to ${needed} partitions, which moves no key; the relay goes on by itself.`,
    },
  ];
}

function configDifferences(actual: WantedTopic['config'], wanted: WantedTopic['config']): Difference[] {
  const different = Object.entries(wanted).filter(([name, value]) => actual[name] !== value);
  if (different.length === 0) return [];
  const has = different.map(([name, value]) => `${name}=${actual[name] ?? '(nothing)'} instead of ${value}`);
  return [{ has: has.join(', '), consequences: [], remedy: 'Set the configuration back.' }];
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
