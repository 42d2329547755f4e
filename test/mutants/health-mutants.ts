import type { Mutant } from './mutant.ts';

const backlog = 'packages/outbox/src/migrations/backlog.sql.ts';
const backlogTests = ['packages/outbox/src/operations/lane-backlog.integration.test.ts'];

/** What tells operators and orchestrators how the relay is. */
export const healthMutants: readonly Mutant[] = [
  {
    name: 'metrics: what cannot be read keeps its last value',
    file: 'services/outbox-relay/src/metrics/outbox-metrics.ts',
    find: 'for (const { gauge } of perTopic) gauge.reset();',
    replace: '',
    tests: ['services/outbox-relay/src/metrics/outbox-metrics.test.ts'],
    why: 'a database that is away would look like an outbox in which nothing waits',
  },
  {
    name: 'log: a lane that flaps is said at every change',
    file: 'services/outbox-relay/src/state-changes.ts',
    find: 'window.quiet += 1;\n    return false;',
    replace: 'window.quiet += 1;\n    return true;',
    tests: ['services/outbox-relay/src/state-changes.test.ts'],
    why: 'a line a second hides the one that matters',
  },
  {
    name: 'livez: sends are not watched',
    file: 'packages/outbox/src/relay/watched-publisher.ts',
    find: 'await progress.during(() => publisher.publish(batch))',
    replace: 'await publisher.publish(batch)',
    tests: ['test/relay/health.integration.test.ts'],
    failsWith: /AssertionError|the stuck one is found: not within/,
    why: 'the process exists and its other lanes go on, while one lane never sends again',
  },
  {
    name: 'livez: waiting for the database is no progress',
    file: 'packages/outbox/src/relay/relay.ts',
    find: '      progress.restart();\n      const session',
    replace: '      const session',
    tests: ['test/relay/health.integration.test.ts'],
    why: 'every relay would be restarted again and again while the database is away',
  },
  {
    name: 'livez: a connection may take longer than the lease',
    file: 'services/outbox-relay/src/main.ts',
    find: 'Math.min(CONNECTION_TIMEOUT_MS, settings.RELAY_LEASE_MS / 2)',
    replace: 'CONNECTION_TIMEOUT_MS',
    tests: ['services/outbox-relay/src/frozen-database.long.test.ts'],
    why: 'a relay with a short lease would be restarted again and again while its database hangs',
  },
  {
    name: 'session end: a database that is away is anybody',
    file: 'packages/outbox/src/relay/failure-class.ts',
    find: "failure.class === 'unreachable' ? { ...failure, class: 'database' } : failure",
    replace: 'failure',
    tests: ['packages/outbox/src/relay/failure-class.test.ts'],
    only: 'what ends a session',
    why: 'who is woken would look at Kafka, which lanes call unreachable',
  },
  {
    name: 'session end: counted without its class',
    file: 'services/outbox-relay/src/metrics/relay-metrics.ts',
    find: 'class: event.failure.class',
    replace: "class: 'protocol'",
    tests: ['services/outbox-relay/src/metrics/relay-metrics.test.ts'],
    why: 'a relay without CPU time and one without a database would look alike',
  },
  {
    name: 'backlog: what commits late is not counted',
    file: backlog,
    find: 'from pg_snapshot_xip(cursor.snapshot) as open_then (xid)',
    replace: `from pg_snapshot_xip('1:1:'::pg_snapshot) as open_then (xid)`,
    tests: backlogTests,
    only: 'counts what commits behind the position',
    why: 'an event of a long transaction would wait unseen',
  },
  {
    name: 'session: an end in the packet of its beginning has no listener',
    file: 'packages/postgres/src/connected.ts',
    find: "      client.on('error', heard);\n      resolve(client);\n",
    replace: "      resolve(client);\n      void Promise.resolve().then(() => client.on('error', heard));\n",
    tests: ['packages/outbox/src/relay/unheard-end.integration.test.ts'],
    why: 'a relay dies of a connection that the database ends while it is made',
  },
];
