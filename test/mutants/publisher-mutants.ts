import type { Mutant } from './mutant.ts';

const partitioner = 'packages/kafka/src/partitioner.ts';
const kafkajsPublisher = 'packages/kafka/src/publisher.ts';
const kafkajsConnection = 'packages/kafka/src/topic-connection.ts';
const otherPublisher = 'packages/kafka/src/platformatic/publisher.ts';
const otherRequest = 'packages/kafka/src/platformatic/produce-batch.ts';
const otherDirectory = 'packages/kafka/src/platformatic/leader-directory.ts';
const contract = ['packages/kafka/src/publisher.integration.test.ts'];
const leaders = ['packages/kafka/src/leaders.long.test.ts'];
const encoder = ['packages/kafka/src/patched-encoder.test.ts'];
const encoding = ['packages/kafka/src/encode-batch.test.ts'];
const flat = ['packages/outbox/src/relay/flat-headers.test.ts'];
const inMemory = ['packages/outbox/src/in-memory-publisher.test.ts'];

/** The ways to the broker: both Kafka clients, and the one that stands in for them in tests. */
export const publisherMutants: readonly Mutant[] = [
  {
    name: 'batch: every record has the first one’s offset',
    file: 'packages/kafka/src/encode-batch.ts',
    find: 'at = writeLength(batch, at, offset);',
    replace: 'at = writeLength(batch, at, 0);',
    tests: encoding,
    failsWith: /Property failed/,
    why: 'a broker refuses the batch, or places its events on top of each other',
  },
  {
    name: 'batch: the checksum leaves out the attributes',
    file: 'packages/kafka/src/encode-batch.ts',
    find: 'const [lengthEnd, checked] = [12, 21];',
    replace: 'const [lengthEnd, checked] = [12, 23];',
    tests: encoding,
    failsWith: /Property failed/,
    why: 'no broker takes a batch',
  },
  {
    name: 'headers: a name is sent twice',
    file: 'packages/outbox/src/relay/flat-headers.ts',
    find: 'if (isName && isKnown(hash, texts / 2)) return undefined;',
    replace: '',
    tests: flat,
    why: 'consumers would see a list where they expect a text',
  },
  {
    name: 'headers: an escape is sent as it is written',
    file: 'packages/outbox/src/relay/flat-headers.ts',
    find: 'if (byte === backslash || byte < space) return undefined;',
    replace: 'if (byte < space) return undefined;',
    tests: flat,
    why: 'a consumer would read what nobody has written',
  },
  {
    name: 'headers: an epoch of the row’s own stays beside that of the relay',
    file: 'packages/outbox/src/relay/delivery.ts',
    find: 'const isStamped = names.some((name) => row.headers.includes(name));',
    replace: 'const isStamped = names.length === 0;',
    tests: ['packages/outbox/src/relay/delivery.test.ts'],
    why: 'a consumer might take an event of a restored database for one that it knows',
  },
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
    name: 'publisher: kafkajs is content with the leader’s word',
    file: kafkajsConnection,
    find: 'acks: -1,',
    replace: 'acks: 1,',
    tests: leaders,
    why: 'what only a leader had dies with it, and is called published',
  },
  {
    name: 'publisher: kafkajs sends when its caller has given up',
    file: 'packages/kafka/src/batch-message.ts',
    find: '      signal.throwIfAborted();\n',
    replace: '',
    tests: contract,
    only: 'kafkajs to a broker that answers',
    why: 'the batch is sent once more later, behind one that is newer',
  },
  {
    name: 'publisher: kafkajs sends what a quota has held back when its caller has given up',
    file: 'packages/kafka/src/batch-message.ts',
    find: 'isAbandoned: () => signal.aborted,',
    replace: 'isAbandoned: () => false,',
    tests: encoder,
    why: 'the batch is sent once more later, when another relay may have the lane',
  },
  {
    name: 'publisher: kafkajs sends an empty message in place of a batch',
    file: 'packages/kafka/src/batch-message.ts',
    find: '    get key(): never {',
    replace: '    get nothing(): never {',
    tests: encoder,
    why: 'events would be called published of which an old broker knows nothing',
  },
  {
    name: 'publisher: platformatic puts a batch into another partition',
    file: otherRequest,
    find: '          .appendInt32(index)\n',
    replace: '          .appendInt32(index === 0 ? 0 : index - 1)\n',
    tests: contract,
    only: 'platformatic as a publisher',
    failsWith: /AssertionError|BASE_OFFSET_UNKNOWN/,
    why: 'events of one key in two partitions have no order',
  },
  {
    name: 'publisher: platformatic encodes a batch before its turn',
    file: otherPublisher,
    find: 'const encoded = { topic, partition, encode: () => encodeBatch(messages, Date.now(), this.#scratch) };',
    replace: `const early = encodeBatch(messages, Date.now(), this.#scratch);
    await new Promise((resolve) => setImmediate(resolve));
    const encoded = { topic, partition, encode: () => early };`,
    tests: contract,
    only: 'platformatic as a publisher',
    why: 'lanes share one buffer: one would send the events of another',
  },
  {
    name: 'publisher: platformatic names the next offset',
    file: otherPublisher,
    find: 'return { baseOffset: answer.baseOffset };',
    replace: 'return { baseOffset: answer.baseOffset + 1n };',
    tests: contract,
    only: 'platformatic as a publisher',
    why: 'every receipt names the place of another event',
  },
  {
    name: 'publisher: platformatic sends again by itself',
    file: otherPublisher,
    find: '      throw failure;\n    }\n  }\n\n  async probe',
    replace:
      '      if (failure.kafkaCode === 6) return await this.publish(batch);\n      throw failure;\n    }\n  }\n\n  async probe',
    tests: leaders,
    why: 'a lost answer becomes a second copy that the relay does not know of',
  },
  {
    name: 'publisher: platformatic is content with the leader’s word',
    file: otherRequest,
    find: 'ProduceAcks.ALL)',
    replace: 'ProduceAcks.LEADER)',
    tests: leaders,
    why: 'what only a leader had dies with it, and is called published',
  },
  {
    name: 'publisher: platformatic knows no leader while one partition has none',
    file: otherDirectory,
    find: 'if (error instanceof ResponseError && isMetadata(error.response)) return error.response;\n',
    replace: '',
    tests: leaders,
    why: 'one bad partition stops its whole topic',
  },
  {
    name: 'publisher: platformatic leaves the connections of its questions open',
    file: otherDirectory,
    find: '        } finally {\n          link.close();\n        }',
    replace: '        } finally {\n          this.#asked += 0;\n        }',
    tests: ['packages/kafka/src/resources.integration.test.ts'],
    why: 'an hour of failures ends with the process out of sockets',
  },
  {
    name: 'publisher: platformatic keeps a link to a broker that no longer leads',
    file: otherPublisher,
    find: 'if (failure.kafkaCode === undefined || failure.retriable) this.#drop(lane);',
    replace: 'if (failure.kafkaCode === undefined) this.#drop(lane);',
    tests: leaders,
    why: 'a moved leader is never found without a restart',
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
    name: 'failure: a group that is not ours is called a coordinator that is away',
    file: 'packages/kafka/src/failure.ts',
    find: 'if (answered !== undefined && !answered.retriable) return answered;',
    replace: '',
    tests: ['packages/kafka/src/failure.test.ts'],
    only: 'what ended it',
    why: 'an operator looks for a broker’s fault where a right is missing, and `tail` tries for ten seconds to say so',
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
