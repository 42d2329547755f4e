import type { Mutant } from './mutant.ts';

const groupQueue = 'services/order-api/src/use-cases/group-queue.ts';
const queueTest = ['services/order-api/src/use-cases/group-queue.test.ts'];
const cancelOrder = 'services/order-api/src/use-cases/cancel-order.ts';
const cancelTest = ['services/order-api/src/use-cases/cancel-order.test.ts'];
const placeOrdersTest = ['services/order-api/src/use-cases/place-orders.test.ts'];
const contractTest = ['services/order-api/src/persistence/transactions.integration.test.ts'];

/** The order API's write path: groups, keys, cancellations. */
export const writeMutants: readonly Mutant[] = [
  {
    name: 'groups: results are handed to the wrong clients',
    file: groupQueue,
    find: '        from += commands.length;\n',
    replace: '',
    tests: queueTest,
    why: 'a client would be shown the order of another',
  },
  {
    name: 'groups: one that does not fit is lost',
    file: groupQueue,
    find: 'if (size > 0 && size + next.commands.length > limits.groupSize) break;',
    replace: 'if (size > 0 && size + next.commands.length > limits.groupSize) { line.shift(); break; }',
    tests: queueTest,
    failsWith: /AssertionError|timed out/i,
    why: 'a client would wait for ever',
  },
  {
    name: 'groups: who is gone is written all the same',
    file: groupQueue,
    find: 'if (!next.isWanted()) {',
    replace: 'if (size < 0) {',
    tests: queueTest,
    why: 'orders would be placed for clients that gave up long ago',
  },
  {
    name: 'groups: any number may wait',
    file: groupQueue,
    find: 'if (!starts && waiting + commands.length > limits.waitingAtMost) {',
    replace: 'if (waiting < 0) {',
    tests: queueTest,
    why: 'a slow database would fill the memory, and nobody would be told to come later',
  },
  {
    name: 'groups: a lone order waits for company',
    file: groupQueue,
    find: '      line.push({ commands, isWanted, arrivedAt: now(), settle: resolve, fail: reject });\n      waiting += commands.length;\n      startGroups();',
    replace:
      '      line.push({ commands, isWanted, arrivedAt: now(), settle: resolve, fail: reject });\n      waiting += commands.length;\n      setTimeout(startGroups, 5);',
    tests: queueTest,
    why: 'every order of a quiet service would take longer',
  },
  {
    name: 'keys: written without their lock',
    file: 'services/order-api/src/use-cases/place-order-batch.ts',
    find: 'const got = await unit.idempotency.tryLock(identities);',
    replace: 'const got = identities.map(() => true);',
    tests: placeOrdersTest,
    why: 'of two requests with one key at the same time the second would fail or order again',
  },
  {
    name: 'keys: an order of a batch is known by the batch alone',
    file: 'services/order-api/src/http/order-batches-routes.ts',
    find: '`${batchKey} ${index}`',
    replace: 'batchKey',
    tests: ['services/order-api/src/http/cancel-and-batch.integration.test.ts'],
    only: 'answers what was placed again',
    why: 'the second order of a batch would be taken for the first',
  },
  {
    name: 'keys: a batch is not compared with the one that had its key',
    file: 'services/order-api/src/use-cases/decide-orders.ts',
    find: 'record && record.requestHash !== batch.requestHash ?',
    replace: 'record && record.requestHash === undefined ?',
    tests: ['services/order-api/src/http/cancel-and-batch.integration.test.ts'],
    only: 'belongs to the first body',
    why: 'an order that moved to another place would be placed a second time',
  },
  {
    name: 'cancel: the version is not compared',
    file: 'services/order-api/src/domain/order.ts',
    find: "if (expected !== 'any' && !expected.includes(order.version)) {",
    replace: "if (expected !== 'any' && expected.length < 0) {",
    tests: cancelTest,
    why: 'a client would cancel a state of the order that it has not seen',
  },
  {
    name: 'cancel: the stock is kept',
    file: cancelOrder,
    find: 'for (const product of cancelled.products) unit.products.save(product);',
    replace: '',
    tests: cancelTest,
    why: 'what was cancelled could never be sold again',
  },
  {
    name: 'cancel: a repetition is carried out',
    file: 'services/order-api/src/use-cases/once-under-key.ts',
    find: 'if (record) {',
    replace: 'if (record && record.requestHash !== hash) {',
    tests: cancelTest,
    why: 'a client whose first answer was lost would be told that it may not cancel',
  },
  {
    name: 'cancel: without an event',
    file: cancelOrder,
    find: 'unit.outbox.enqueue(presentation.event({ order: cancelled.order, cancelledAt, traceparent }));',
    replace: '',
    tests: cancelTest,
    why: 'subscribers would believe in the order for ever',
  },
  {
    name: 'locks: an order is changed unlocked',
    file: 'services/order-api/src/persistence/order-repository.ts',
    find: '{ lockMode: LockMode.PESSIMISTIC_WRITE },',
    replace: '{},',
    tests: contractTest,
    why: 'two cancellations at once would give the stock back twice',
  },
  {
    name: 'locks: products are read unlocked',
    file: 'services/order-api/src/persistence/locked-products.sql.ts',
    find: ' order by id for no key update`',
    replace: ' order by id`',
    tests: contractTest,
    why: 'the last piece would be sold twice',
  },
  {
    name: 'retry: a shortage of connections is answered by asking again at once',
    file: 'services/order-api/src/use-cases/storage-error.ts',
    find: '/^(08|40|57P0)/',
    replace: '/^(08|40|53|57P0)/',
    tests: placeOrdersTest,
    why: 'every client would ask five times for what is scarce already',
  },
  {
    name: 'retry: all wait again for the row that one waited for',
    file: 'services/order-api/src/use-cases/storage-error.ts',
    find: '/^(08|40|57P0)/',
    replace: '/^(08|40|55|57)/',
    tests: placeOrdersTest,
    why: 'one locked product would hold up the orders of everybody for half a minute',
  },
  {
    name: 'tokens: a verdict outlives its token',
    file: 'services/order-api/src/http/remembered-verdicts.ts',
    find: 'Math.min(REMEMBERED_MS, expiresInMs)',
    replace: 'REMEMBERED_MS',
    tests: ['services/order-api/src/http/remembered-verdicts.test.ts'],
    why: 'an expired token would be good for another half minute',
  },
];
