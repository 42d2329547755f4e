import type { Mutant } from './mutant.ts';

const file = 'packages/outbox/src/relay/read-batch.sql.ts';
const reader = 'packages/outbox/src/relay/batch-reader.ts';
const plans = ['packages/outbox/src/relay/read-plan.integration.test.ts'];
const tests = ['packages/outbox/src/relay/batch-reader.integration.test.ts'];

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
    name: 'read: as many rows as there may be, whatever their size',
    file,
    find: 'case when ahead.bytes <= $8 then',
    replace: 'case when true then',
    tests,
    only: 'no more bytes than the limit',
    why: 'a cycle of large events is no longer bounded, and no broker takes its batches',
  },
  {
    name: 'read: no event is too long for a read of short ones',
    file,
    find: 'const SHORT = 4;',
    replace: 'const SHORT = 1_000_000;',
    tests,
    only: 'around one that is not',
    why: 'what comes of one read is no longer bounded: 500 events of 1 MB would',
  },
  {
    name: 'read: short events beyond the limit of bytes',
    file: reader,
    find: 'return room < 0 && index > 0;',
    replace: 'return false;',
    tests,
    only: 'no more of short events than the limit',
    why: 'the broker refuses a batch that is larger than the topic takes, and each is halved',
  },
  {
    name: 'read: a withheld event is taken for the end',
    file: reader,
    find: 'if (!isWithheld) return reads;',
    replace: 'return reads;',
    tests,
    only: 'around one that is not',
    why: 'what lies between a long event and the end of the read is skipped, and the event with it',
  },
  {
    name: 'read: a full read of short events is taken for the last',
    file: reader,
    find: 'freshMore: isCut || fresh.length === rows,',
    replace: 'freshMore: isCut,',
    tests,
    only: 'around one that is not',
    why: 'a backlog is read at the pace of an idle relay',
  },
  {
    name: 'read: never short again after one long event',
    file: reader,
    find: 'this.#longReads -= 1;',
    replace: 'this.#longReads -= 0;',
    tests,
    only: 'around one that is not',
    why: 'one large event costs every read after it a third',
  },
  {
    name: 'read: fresh rows beside a drain',
    file,
    find: 'case when late_until is null then position else 9223372036854775807 end as fresh_after',
    replace: 'position as fresh_after',
    tests,
    only: 'nothing fresh while it drains',
    why: 'each read of a long drain would carry a batch that is thrown away',
  },
  {
    name: 'read: rows of open transactions in any order',
    file,
    find: '          order by o.xid\n',
    replace: '',
    tests: plans,
    only: 'by their transactions on a new day',
    why: 'each poll of a new day walks through everything that was published since midnight',
  },
  {
    name: 'read: a day that was empty is read as a whole',
    file: 'packages/outbox/src/relay/relay-database.ts',
    find: `,\n       set_config('enable_seqscan', 'off', false)`,
    replace: '',
    tests: plans,
    only: 'by their transactions on a new day',
    why: 'what was vacuumed while it was empty seems to cost nothing to walk through',
  },
  {
    name: 'session: a frozen owner keeps its lanes locked',
    file: 'packages/outbox/src/relay/relay-database.ts',
    find: "set_config('idle_in_transaction_session_timeout', $1, false)",
    replace: "set_config('idle_in_transaction_session_timeout', '0', $1 is null)",
    tests: ['packages/outbox/src/relay/frozen-owner.integration.test.ts'],
    only: 'frees the lanes',
    why: 'the next owner of the lanes waits for as long as the one before it is frozen',
  },
];
