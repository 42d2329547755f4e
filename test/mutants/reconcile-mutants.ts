import type { Mutant } from './mutant.ts';

const reconcile = 'packages/outbox/src/operations/reconcile';
const comparison = [`${reconcile}/compare-record.test.ts`];
const reconciling = ['services/ops/src/reconcile/reconcile.integration.test.ts'];

/** What orders, outbox, receipts and Kafka are said to disagree on. */
export const reconcileMutants: readonly Mutant[] = [
  {
    name: 'reconcile: another id counts as the same event',
    file: `${reconcile}/compare-record.ts`,
    find: 'if (record.key !== event.key || (id !== undefined && record.headers[idHeader] !== id)) {',
    replace: 'if (record.key !== event.key) {',
    tests: comparison,
    why: 'a receipt that points to another version of the same order would pass',
  },
  {
    name: 'reconcile: the value is not compared',
    file: `${reconcile}/compare-record.ts`,
    find: "!== event.payloadSha256) parts.unshift('value');",
    replace: "=== '') parts.unshift('value');",
    tests: comparison,
    why: 'other bytes in Kafka than were committed would pass',
  },
  {
    name: 'reconcile: receipts may overlap',
    file: `${reconcile}/reconcile-lane.ts`,
    find: 'if (this.current.offset > this.#highest) {',
    replace: 'if (this.current.offset > -1n) {',
    tests: reconciling,
    only: 'not above the one before',
    why: 'two events that claim one offset would pass',
  },
  {
    name: 'reconcile: what follows the last record is not looked at',
    file: `${reconcile}/reconcile-lane.ts`,
    find: 'receipts.current.receiptId <= edges.newestReceipt) {',
    replace: 'receipts.current.receiptId < 0n) {',
    tests: reconciling,
    only: 'offset where nothing is',
    why: 'a receipt beyond the end of the log would pass',
  },
  {
    name: 'reconcile: the oldest day that is kept counts as whole with all behind it',
    file: `${reconcile}/held-since.sql.ts`,
    find: 'order by day desc limit 1`;',
    replace: 'order by day limit 1`;',
    tests: reconciling,
    only: 'nothing of the days behind it',
    why: 'one event that keeps its day would make each order of the days that were dropped a missing event',
  },
  {
    name: 'reconcile: a day in the default partition is a gap',
    file: `${reconcile}/held-since.sql.ts`,
    find: ') is null\n',
    replace: ') is null or true\n',
    tests: reconciling,
    only: 'the default partition holds',
    why: 'after a day without a partition nothing before it would be compared for as long as it is kept',
  },
  {
    name: 'reconcile: an event of any day tells from where on a lane has all of them',
    file: `${reconcile}/receipts.sql.ts`,
    find: ' and o.created_at >= $2 and o.created_at <= now()) as least',
    replace: ' and $2::timestamptz is not null) as least',
    tests: reconciling,
    only: 'nothing of the days behind it',
    why: 'the receipts of events that were dropped late would contradict the outbox',
  },
  {
    name: 'reconcile: a topic that Kafka does not show ends it',
    file: `${reconcile}/reconcile.ts`,
    find: 'if (!(error instanceof LogRefusal)) throw error;',
    replace: 'throw error;',
    tests: reconciling,
    only: 'compares the other topics',
    failsWith: /LogRefusal/,
    why: 'what was found before would be lost, and the topics that follow not compared',
  },
  {
    name: 'reconcile: a run that Kafka did not let see all is complete',
    file: 'services/ops/src/reconcile/run-reconcile.ts',
    find: ' && refused.length === 0',
    replace: '',
    tests: reconciling,
    only: 'ended early',
    why: 'nobody would learn that half of the topics were not looked at',
  },
  {
    name: 'reconcile: a partition that is gone is passed over',
    file: `${reconcile}/reconcile-topic-log.ts`,
    find: 'yield* missingPartition(lane, since);',
    replace: '',
    tests: reconciling,
    only: 'a partition that is gone',
    why: 'all events of a topic that was made anew with fewer partitions would be missing without a word',
  },
];
