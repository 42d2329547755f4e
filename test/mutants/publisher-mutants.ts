import type { Mutant } from './mutant.ts';

const partitioner = 'packages/kafka/src/partitioner.ts';
const kafkajsPublisher = 'packages/kafka/src/publisher.ts';
const kafkajsConnection = 'packages/kafka/src/topic-connection.ts';
const contract = ['packages/kafka/src/publisher.integration.test.ts'];
const leaders = ['packages/kafka/src/leaders.integration.test.ts'];
const inMemory = ['packages/outbox/src/in-memory-publisher.test.ts'];

/** The ways to the broker: both Kafka clients, and the one that stands in for them in tests. */
export const publisherMutants: readonly Mutant[] = [
  {
    name: 'publisher: kafkajs puts a batch into another partition',
    file: partitioner,
    find: '    return partition;',
    replace: '    return (partition + 1) % partitionMetadata.length;',
    tests: contract,
    only: 'kafkajs as a publisher',
    failsWith: /AssertionError|BASE_OFFSET_UNKNOWN/,
    why: 'events of one key in two partitions have no order',
  },
  {
    name: 'publisher: kafkajs names the next offset',
    file: kafkajsPublisher,
    find: '  return { baseOffset };',
    replace: '  return { baseOffset: baseOffset + 1n };',
    tests: contract,
    only: 'kafkajs as a publisher',
    why: 'every receipt names the place of another event',
  },
  {
    name: 'publisher: kafkajs sends again by itself',
    file: kafkajsConnection,
    find: 'retry: { retries: 0 },',
    replace: 'retry: { retries: 5 },',
    tests: leaders,
    why: 'a lost answer becomes a second copy that the relay does not know of',
  },
  {
    name: 'publisher: an error by the name that kafkajs once gave it',
    file: 'packages/kafka/src/kafka-errors.ts',
    find: "'NOT_LEADER_OR_FOLLOWER'",
    replace: "'NOT_LEADER_FOR_PARTITION'",
    tests: ['packages/kafka/src/failure.test.ts'],
    why: 'the class of a failure is decided by Kafka’s own name',
  },
  {
    name: 'publisher: a login that was cut off counts as refused',
    file: 'packages/kafka/src/failure.ts',
    find: "  if (cause.message.endsWith(' timed out')) {",
    replace: '  if (cause.message === cause.name) {',
    tests: ['packages/kafka/src/failure.test.ts'],
    why: 'a restarting broker would send operators to look for a wrong password',
  },
  {
    name: 'publisher: the one in memory takes everything',
    file: 'packages/outbox/src/in-memory-publisher.ts',
    find: 'if (bytes > maxBatchBytes) {',
    replace: 'if (bytes > maxBatchBytes && partition < 0) {',
    tests: inMemory,
    why: 'a stand-in that is kinder than a broker proves nothing',
  },
];
