import type { Mutant } from './mutant.ts';

const file = 'packages/outbox/src/relay/read-batch.sql.ts';
const plans = ['packages/outbox/src/relay/read-plan.integration.test.ts'];
const unpublished = 'packages/outbox/src/migrations/unpublished-lanes.sql.ts';
const oldDays = ['packages/outbox/src/migrations/unpublished-lanes.integration.test.ts'];
const tests = ['packages/outbox/src/relay/batch-reader.integration.test.ts'];

/** The read of what commits late in one large transaction, and of what no read can show. */
export const lateMutants: readonly Mutant[] = [
  {
    name: 'read: what a transaction wrote that is open is gone through',
    file,
    find: '          where pg_visible_in_snapshot(xid, pg_current_snapshot())\n',
    replace: '',
    tests: plans,
    only: 'while it is open',
    why: 'one writer of a million events makes every read of every lane take as long as they do',
  },
  {
    name: 'read: what another cluster wrote is gone through',
    file,
    find: 'coalesce(cursor.late_before, pg_snapshot_xmax(pg_current_snapshot()))',
    replace: `coalesce(cursor.late_before, '18446744073709551615')`,
    tests: plans,
    only: 'another cluster',
    why: 'after a dump was restored each read goes through all that it brought, and may never be done in time',
  },
  {
    name: 'backlog: what a transaction wrote that is open is gone through',
    file: 'packages/outbox/src/migrations/rows-in-view.sql.ts',
    find: "ended: ' and pg_visible_in_snapshot(open_then.xid, pg_current_snapshot())',",
    replace: "ended: '',",
    tests: ['packages/outbox/src/operations/lane-backlog.integration.test.ts'],
    only: 'a transaction that is open',
    why: 'each look at what waits takes as long as one large writer is large',
  },
  {
    name: 'retention: what another cluster wrote is gone through',
    file: unpublished,
    find: "' and o.xid < pg_snapshot_xmax(pg_current_snapshot())'",
    replace: "''",
    tests: oldDays,
    only: 'another cluster',
    why: 'after a dump was restored all inserts wait while a day of it is looked through under the lock',
  },
  {
    name: 'retention: what a transaction wrote that is open is gone through',
    file: unpublished,
    find: "' where pg_visible_in_snapshot(open_then.xid, pg_current_snapshot())'",
    replace: "''",
    tests: oldDays,
    only: 'a transaction that is open',
    why: 'a look at an old day takes as long as one large writer is large',
  },
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
    only: 'once it has committed late',
    why: 'each read goes through all of its events: a million take minutes, and ten millions longer than a read may take',
  },
  {
    name: 'read: a large transaction is gone through from its first event',
    file,
    find: '(o.xid, o.seq) > (unseen.first, coalesce(cursor.late_after, cursor.floor))',
    replace: 'o.xid >= unseen.first',
    tests: ['packages/outbox/src/relay/batch-reader.integration.test.ts'],
    only: 'in portions',
    why: 'the limit ends among what was sent before, and the rest is lost',
  },
];
