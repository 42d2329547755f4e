import type { Mutant } from './mutant.ts';

const operations = 'packages/outbox/src/operations';
const diagnosis = [`${operations}/diagnose.test.ts`];
const doctorOf = (what: string) => [`services/ops/src/doctor/doctor-${what}.integration.test.ts`];

/** What an operator is told is wrong. */
export const doctorMutants: readonly Mutant[] = [
  {
    name: 'doctor: an outage does not explain its lanes',
    file: `${operations}/lane-findings.ts`,
    find: "if (broker.state !== 'answers') return lanes.map(({ lane }) => lane);",
    replace: "if (broker.state !== 'answers') return [];",
    tests: diagnosis,
    why: 'an operator would read of every lane instead of the broker that is away',
  },
  {
    name: 'doctor: a pause does not explain what waits behind it',
    file: `${operations}/lane-findings.ts`,
    find: 'for (const lane of lanes) explained.add(lane);',
    replace: 'for (const lane of lanes) explained.delete(lane);',
    tests: diagnosis,
    why: 'the symptom would be named beside its cause',
  },
  {
    name: 'doctor: a pause for a lost log is taken for an operator’s',
    file: `${operations}/lane-findings.ts`,
    find: 'isPaused && !lost.has(lane)',
    replace: 'isPaused',
    tests: diagnosis,
    why: 'whoever reads of an operator resumes the lane and never learns what consumers lack',
  },
  {
    name: 'doctor: a lost log counts for ever once its lane was paused for it',
    file: `${operations}/log-losses.sql.ts`,
    find: "a.action = 'resume'",
    replace: "a.action = 'never'",
    tests: ['services/ops/src/doctor/doctor.integration.test.ts'],
    only: 'for as long as the lanes are paused for it',
    why: 'a pause for another reason would be told as the loss of last month',
  },
  {
    name: 'doctor: a leader that is missing is not seen',
    file: `${operations}/broker-findings.ts`,
    find: 'if (leaderless.length === 0) return [];',
    replace: 'if (leaderless.length >= 0) return [];',
    tests: diagnosis,
    why: 'a partition that nobody can write would go unnamed',
  },
  {
    name: 'doctor: the default partition does not explain the day that is missing',
    file: `${operations}/database-findings.ts`,
    find: 'const missing = missingPartitions.filter(({ parent, day }) => !blocked.has(`${parent} ${day}`));',
    replace: 'const missing = missingPartitions.filter(() => blocked.size >= 0);',
    tests: diagnosis,
    why: 'an operator would try to make a day that cannot be made',
  },
  {
    name: 'doctor: a topic that is too narrow does not explain the lane beyond it',
    file: `${operations}/lane-findings.ts`,
    find: 'partition >= found.partitions || ',
    replace: '',
    tests: doctorOf('topics'),
    only: 'that is too narrow',
    why: 'the symptom would be named beside its cause',
  },
  {
    name: 'doctor: a topic that is too wide passes',
    file: `${operations}/broker-findings.ts`,
    find: 'if (found.partitions !== lanesNeeded) {',
    replace: 'if (found.partitions < lanesNeeded) {',
    tests: doctorOf('topics'),
    only: 'that is too wide',
    why: 'consumers would miss nothing yet, and nobody would learn that keys will change their partition',
  },
  {
    name: 'doctor: a topic that was deleted is some answer of Kafka',
    file: 'packages/kafka/src/describe-topics.ts',
    find: "if (code === 'UNKNOWN_TOPIC_OR_PARTITION' || ",
    replace: 'if (',
    tests: doctorOf('topics'),
    only: 'that is deleted',
    why: 'the symptom would be named instead of its cause',
  },
  {
    name: 'doctor: a right that was taken is some refusal of Kafka',
    file: `${operations}/lane-findings.ts`,
    find: "waiting.class === 'authorization'",
    replace: "waiting.class === 'nobody'",
    tests: ['services/ops/src/doctor/doctor.long.test.ts'],
    only: 'published and may no longer',
    why: 'an operator would not be told which rights the relay needs',
  },
  {
    name: 'doctor: a standby is taken for the primary',
    file: 'packages/outbox/src/operations/examine.ts',
    find: 'if (server.isStandby) return { findings: [standby], unchecked: [] };',
    replace: '',
    tests: ['services/ops/src/doctor/standby.long.test.ts'],
    why: 'an operator would be told of waiting lanes and not that the services are at the wrong server',
  },
];
