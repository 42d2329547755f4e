import type { Mutant } from './mutant.ts';

const read = 'packages/outbox/src/relay/read-batch.sql.ts';
const runtime = 'packages/outbox/src/relay/lane-runtime.ts';
const session = 'packages/outbox/src/relay/relay-session.ts';
const stress = ['test/stress/cursor.integration.test.ts'];
const stressTest = 'loses nothing, keeps the order per key';
const failures = ['test/relay/failures.integration.test.ts'];

/** An event that is skipped stays pending for ever, so the stress test ends by its limit. */
const lost = /AssertionError|everything is published: not within/;

/** The relay as a whole, on real servers. */
export const relayMutants: readonly Mutant[] = [
  {
    name: 'cursor: only transactions that were open then (xip)',
    file: read,
    find: 'and o.xid >= pg_snapshot_xmax(cursor.snapshot)',
    replace: 'and o.xid >= pg_snapshot_xmax(cursor.snapshot) and false',
    tests: stress,
    only: stressTest,
    failsWith: lost,
    why: 'a transaction that begins after the read and takes an earlier seq is in nobody’s xip: its rows are lost',
  },
  {
    name: 'cursor: the snapshot is dropped',
    file: runtime,
    find: 'plan(this.#readFrom, read)',
    replace: 'plan(this.#readFrom, { ...read, late: [], lateMore: false })',
    tests: stress,
    only: stressTest,
    failsWith: lost,
    why: 'the plain seq cursor of most outboxes: whatever commits behind it is lost',
  },
  {
    name: 'cursor: ordered by created_at',
    file: read,
    find: 'and o.lane = cursor.lane and o.seq > cursor.position\n       order by o.seq limit',
    replace: 'and o.lane = cursor.lane and o.seq > cursor.position\n       order by o.created_at limit',
    tests: stress,
    only: stressTest,
    failsWith: lost,
    why: 'created_at is when a transaction began, neither unique nor in commit order',
  },
  {
    name: 'relay: a failed send counts as acknowledged',
    file: 'packages/outbox/src/relay/send-step.ts',
    find: `return { state: 'failed', error };`,
    replace: `return error === undefined ? { state: 'failed', error } : { state: 'acknowledged', baseOffset: 0n, at: monotonic() };`,
    tests: failures,
    only: 'backs off in a lane that fails',
    failsWith: /AssertionError|not within/,
    why: 'progress without an acknowledgement loses the batch',
  },
  {
    name: 'relay: progress is not fenced',
    file: 'packages/outbox/src/relay/advance-lanes.sql.ts',
    find: 'where l.lease_epoch = step.lease_epoch',
    replace: 'where true',
    tests: ['test/relay/ownership.integration.test.ts'],
    only: 'granted to another',
    failsWith: /AssertionError|not within/,
    why: 'a relay that was replaced while it slept would move the cursor of its successor',
  },
  {
    name: 'relay: a failed lane keeps what it read ahead',
    file: session,
    find: '      lane.rewind();\n',
    replace: '',
    tests: failures,
    only: 'backs off in a lane that fails',
    failsWith: /AssertionError|not within/,
    why: 'the batch that failed is skipped and the next one sent in its place',
  },
  {
    name: 'relay: a cycle waits for its slowest lane',
    file: session,
    find: 'await waitPatiently(sends, this.#parts.settings.patienceMs);',
    replace: 'await waitPatiently(sends, 3_600_000);',
    tests: failures,
    only: 'goes on without a lane that gets no answer',
    failsWith: /AssertionError|not within/,
    why: 'one frozen broker would hold up every partition of every other',
  },
  {
    name: 'relay: stopping drops the batch in flight',
    file: session,
    find: 'await Promise.all([beating, ...this.#alone]);',
    replace: 'await beating;',
    tests: ['test/relay/ownership.integration.test.ts'],
    only: 'finishes the batch in flight',
    why: 'every rolling restart would repeat what was being sent',
  },
  {
    name: 'lease: it never ends by this relay’s clock',
    file: 'packages/outbox/src/relay/lease.ts',
    find: 'return this.#monotonic() + ms < this.#deadline;',
    replace: 'return ms < this.#deadline;',
    tests: ['packages/outbox/src/relay/lease.test.ts'],
    why: 'a process that slept longer than its lease would send beside the new owner',
  },
  {
    name: 'lease: what is too much is kept',
    file: 'packages/outbox/src/relay/share.ts',
    find: 'give: mine.slice(target)',
    replace: 'give: mine.slice(target + 1)',
    tests: ['packages/outbox/src/relay/share.test.ts'],
    why: 'a relay that joins would find nothing to do',
  },
  {
    name: 'lease: a lane of the cycle is never given back',
    file: session,
    find: 'const leaving = [...this.#inCycle.values()].filter((lane) => lane.leaving.aborted);',
    replace:
      'const leaving = [...this.#held.values()].filter((lane) => lane.leaving.aborted && this.#relays < 0);',
    tests: ['test/relay/leases.integration.test.ts'],
    only: 'shares the lanes evenly',
    failsWith: /AssertionError|not within/,
    why: 'lanes that nobody gives back keep a new relay idle',
  },
  {
    name: 'lease: a lane is taken again while it still sends',
    file: 'packages/outbox/src/relay/heartbeat.ts',
    find: 'take.filter((lane) => !sending.has(lane))',
    replace: 'take.filter(() => sending.size >= 0)',
    tests: ['test/relay/ownership.integration.test.ts'],
    only: 'does not take a lane again',
    why: 'two batches of one lane under way at once might change places in Kafka',
  },
  {
    name: 'partitions: one blocked day blocks all later ones',
    file: 'packages/outbox/src/migrations/partition-functions.sql.ts',
    find: 'exception when check_violation then',
    replace: 'exception when division_by_zero then',
    tests: ['packages/outbox/src/migrations/schema.integration.test.ts'],
    only: 'goes on with later days',
    failsWith: /AssertionError|would be violated/,
    why: 'after a week without upkeep no partition is ever made again',
  },
  {
    name: 'relay: the doorbell is not heard',
    file: 'packages/outbox/src/relay/doorbell.ts',
    find: 'this.#wake?.();',
    replace: '',
    tests: failures,
    only: 'publishes at once when the doorbell rings',
    failsWith: /AssertionError|not within/,
    why: 'events would wait for the poll, up to a second',
  },
];
