import type { Mutant } from './mutant.ts';

/** What becomes of a message that cannot be applied, through Kafka and back. */
export const poisonMutants: readonly Mutant[] = [
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
];
