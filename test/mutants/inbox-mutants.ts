import type { Mutant } from './mutant.ts';

/** The consumer kit over Kafka and over both storages. */
export const inboxMutants: readonly Mutant[] = [
  {
    name: 'dead letter: its copy has no headers in Kafka',
    file: 'packages/kafka/src/dead-letter-topics.ts',
    find: 'headers: { ...headers } }];',
    replace: 'headers: {} }];',
    tests: ['test/consumers/poison.integration.test.ts'],
    only: 'over pg',
    why: 'nobody would know from the dead-letter topic why a message is there, nor whence',
  },
  {
    name: 'dead letter: its copy names the place of the one after it',
    file: 'packages/inbox/src/dead-letters/copy.ts',
    find: 'dlq_offset: String(letter.offset),',
    replace: 'dlq_offset: String(letter.offset + 1n),',
    tests: ['test/consumers/poison.integration.test.ts'],
    only: 'over pg',
    why: 'whoever looks the message up where it came from would read another one',
  },
  {
    name: 'storage: a transaction of MikroORM reads as of its beginning',
    file: 'packages/inbox/src/storage/mikro-orm-storage.ts',
    find: 'isolationLevel: IsolationLevel.READ_COMMITTED,',
    replace: 'isolationLevel: IsolationLevel.REPEATABLE_READ,',
    tests: ['packages/inbox/src/interleavings.integration.test.ts'],
    only: 'over MikroORM',
    failsWith: /could not serialize access/,
    why: 'a member would not see what the other did while it waited for its lock',
  },
];
