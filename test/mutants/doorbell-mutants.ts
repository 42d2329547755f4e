import type { Mutant } from './mutant.ts';

const tests = ['test/relay/doorbell.integration.test.ts'];

/** How soon an event leaves after its commit, and what is told of that. */
export const doorbellMutants: readonly Mutant[] = [
  {
    name: 'relay: the doorbell is not heard',
    file: 'packages/outbox/src/relay/doorbell.ts',
    find: 'this.#wake?.();',
    replace: '',
    tests,
    only: 'publishes at once when the doorbell rings',
    failsWith: /AssertionError|not within/,
    why: 'events would wait for the poll, up to a second',
  },
  {
    name: 'relay: rings for some lanes put off the polls of all',
    file: 'packages/outbox/src/relay/relay-session.ts',
    find: "if (wanted === 'all' || found === 'full') pace",
    replace: 'pace',
    tests,
    only: 'polls every lane at its pace',
    failsWith: /AssertionError|not within/,
    why: 'while one API rings, events of another that does not reach Redis wait for ever',
  },
  {
    name: 'relay: a ring reads lanes that it does not name',
    file: 'packages/outbox/src/relay/lane-reader.ts',
    find: "(wanted === 'all' || wanted.has(number)) && ",
    replace: '',
    tests,
    only: 'reads the lanes that the doorbell names',
    failsWith: /AssertionError|not within/,
    why: 'every relay would read all its lanes for each event of any lane',
  },
  {
    name: 'doorbell: an order rings before its commit',
    file: 'services/order-api/src/persistence/transactions.ts',
    find: 'await writePending(em, pending, insertOfEvents);',
    replace: 'await writePending(em, pending, insertOfEvents);\n        onCommitted(pending.events);',
    tests: ['services/order-api/src/persistence/transactions.integration.test.ts'],
    only: 'tells of the events of a unit of work after its commit',
    failsWith: /AssertionError/,
    why: 'the relay reads before there is anything to see, and the event waits for a poll',
  },
  {
    name: 'doorbell: rings that wait for one under way are forgotten',
    file: 'services/order-api/src/doorbell.ts',
    find: 'if (waiting.size > 0) publish();',
    replace: '',
    tests: ['services/order-api/src/doorbell.integration.test.ts'],
    only: 'many rings at once become few',
    failsWith: /AssertionError/,
    why: 'under load most events would wait for a poll',
  },
  {
    name: 'receipts: an event counts as published when its commit has waited',
    file: 'packages/outbox/src/relay/advance-lanes.sql.ts',
    find: 'now() - age',
    replace: 'clock_timestamp() - age',
    tests: ['test/relay/publish.integration.test.ts'],
    only: 'gives a receipt the time of the acknowledgement',
    failsWith: /AssertionError/,
    why: 'an owner is told that Kafka had the event later than it had',
  },
];
