import type { Mutant } from './mutant.ts';

const file = 'packages/outbox/src/relay/read-batch.sql.ts';
const plans = ['packages/outbox/src/relay/read-plan.integration.test.ts'];
const tests = ['packages/outbox/src/relay/batch-reader.integration.test.ts'];

/** The read of what commits late in one large transaction. */
export const lateMutants: readonly Mutant[] = [
  {
    name: 'read: a large transaction from its last event',
    file,
    find: '          order by o.xid, o.seq\n',
    replace: '          order by o.xid, o.seq desc\n',
    tests,
    only: 'in portions',
    why: 'the position passes by those that a read has no room for',
  },
  {
    name: 'read: a large transaction is gone through whole',
    file,
    find: '          limit case when unseen.first = unseen.last then $8 + 1 end\n',
    replace: '',
    tests: plans,
    only: 'a large transaction that commits late',
    why: 'each read goes through all of its events: a million take minutes, and ten millions longer than a read may take',
  },
  {
    name: 'read: a large transaction is gone through from its first event',
    file,
    find: '(o.xid, o.seq) > (unseen.first, coalesce(cursor.late_after, cursor.floor))',
    replace: 'o.xid >= unseen.first',
    tests: plans,
    only: 'a large transaction that commits late',
    why: 'each read goes through all that was sent of it before',
  },
];
