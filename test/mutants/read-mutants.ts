import type { Mutant } from './mutant.ts';

const file = 'packages/outbox/src/relay/read-batch.sql.ts';
const tests = ['packages/outbox/src/relay/read-batch.integration.test.ts'];

/** The relay's read: what it finds and what it costs. */
export const readMutants: readonly Mutant[] = [
  {
    name: 'read: nothing told behind a row that exceeds the limit',
    file,
    find: 'where nth <= 2 or',
    replace: 'where nth = 1 or',
    tests,
    only: 'there are more',
    why: 'a drain of late rows ends at the first large one, and those behind it are lost',
  },
  {
    name: 'read: late rows in the order of an index',
    file,
    find: 'order by o.seq + 0 limit',
    replace: 'order by o.seq limit',
    tests,
    only: 'by their transactions',
    why: 'every poll walks through everything that was ever published',
  },
];
