import type { Mutant } from './mutant.ts';

const cursor = 'packages/outbox/src/relay/cursor.ts';
const cursorTest = ['packages/outbox/src/relay/cursor.test.ts'];
const murmur2 = 'packages/outbox/src/lanes/murmur2.ts';
const murmur2Test = ['packages/outbox/src/lanes/murmur2.test.ts'];

/** Backoff, and lanes, cursor and pace of the outbox. */
export const outboxMutants: readonly Mutant[] = [
  {
    name: 'backoff: no jitter',
    file: 'packages/retry/src/backoff.ts',
    find: 'return random() * ceiling;',
    replace: 'return ceiling;',
    tests: ['packages/retry/src/backoff.test.ts'],
    why: 'callers that failed together would come back together',
  },
  {
    name: 'backoff: what cannot be mended is repeated',
    file: 'packages/retry/src/retryable.ts',
    find: 'attempt >= policy.attempts || !policy.isRetryable(error)',
    replace: 'attempt >= policy.attempts',
    tests: ['packages/retry/src/retryable.test.ts'],
    why: 'a refused order would be tried five times, and one that is not safe to repeat twice',
  },
  {
    name: 'backoff: one more attempt after an abort',
    file: 'packages/retry/src/retryable.ts',
    find: 'signal.throwIfAborted();',
    replace: '',
    tests: ['packages/retry/src/retryable.test.ts'],
    why: 'a service that was told to stop would begin a transaction',
  },
  {
    name: 'lanes: tail bytes hashed without shifting',
    file: murmur2,
    find: '<< ((at - whole) * 8)',
    replace: '<< (at - whole)',
    tests: murmur2Test,
    why: 'keys would go to other partitions than those of any Java producer',
  },
  {
    name: 'lanes: a negative hash keeps its sign',
    file: murmur2,
    find: '(murmur2(new TextEncoder().encode(key)) & 0x7fffffff) % partitions',
    replace: 'Math.abs(murmur2(new TextEncoder().encode(key))) % partitions',
    tests: murmur2Test,
    why: 'Java clears the sign bit, it does not negate: half of all keys would be misplaced',
  },
  {
    name: 'lanes: a topic may lack a partition',
    file: 'packages/outbox/src/lanes/lane-directory.ts',
    find: 'if (gap !== -1) throw',
    replace: 'if (gap < -1) throw',
    tests: ['packages/outbox/src/lanes/lane-directory.test.ts'],
    why: 'events would queue in front of another partition than the relay names',
  },
  {
    name: 'cursor: fresh rows go before late ones',
    file: cursor,
    find: "if (isNotEmpty(read.late)) steps.push({ kind: 'late', rows: read.late, next: at });\n  const lastFresh",
    replace:
      "if (isNotEmpty(read.late)) steps.unshift({ kind: 'late', rows: read.late, next: cursor });\n  const lastFresh",
    tests: cursorTest,
    why: 'a crash between the two batches would repeat one of them',
  },
  {
    name: 'cursor: the snapshot stays the old one',
    file: cursor,
    find: 'at = { ...at, snapshot: read.snapshot };',
    replace: 'at = { ...at };',
    tests: cursorTest,
    why: 'late rows would be found again by every later read',
  },
  {
    name: 'cursor: a drain ends at its own last read',
    file: cursor,
    find: 'const until = cursor.drain?.until ?? read.snapshot;',
    replace: 'const until = read.snapshot;',
    tests: cursorTest,
    why: 'rows that commit during a drain would slip in behind what was sent, out of order',
  },
  {
    name: 'pace: an idle relay polls without end',
    file: 'packages/outbox/src/relay/poll-pace.ts',
    find: 'this.#pauseMs * 2',
    replace: 'this.#pauseMs',
    tests: ['packages/outbox/src/relay/poll-pace.test.ts'],
    why: 'forty reads a second for nothing',
  },
  {
    name: 'enqueue: a version of 0 is taken',
    file: 'packages/outbox/src/enqueue.ts',
    find: 'event.version < 1',
    replace: 'event.version < 0',
    tests: ['packages/outbox/src/enqueue.integration.test.ts'],
    // The check constraint of the table refuses it in its stead, later and in other words.
    failsWith: /AssertionError|ck_outbox_version_positive/,
    why: 'consumers count from 1: the key would never begin',
  },
  {
    name: 'grants: the API may read the outbox',
    file: 'packages/outbox/src/migrations/grants.sql.ts',
    find: 'grant insert (lane, topic, key, version, type, payload, headers) on outbox to ${writer};',
    replace: 'grant select, insert on outbox to ${writer};',
    tests: ['packages/outbox/src/migrations/schema.integration.test.ts'],
    why: 'seq, xid and time of an event are the database’s to say',
  },
];
