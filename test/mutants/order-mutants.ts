import type { Mutant } from './mutant.ts';

const decideOrders = 'services/order-api/src/use-cases/decide-orders.ts';
const placeOrdersTest = ['services/order-api/src/use-cases/place-orders.test.ts'];
const orderTest = ['services/order-api/src/domain/order.test.ts'];
const tokenVerifier = 'services/order-api/src/http/token-verifier.ts';
const tokenTest = ['services/order-api/src/http/token-verifier.test.ts'];
const unitOfWorkTest = ['services/order-api/src/persistence/unit-of-work.integration.test.ts'];

/** The order service: what it decides, whom it believes, what it writes. */
export const orderMutants: readonly Mutant[] = [
  {
    name: 'order: more is sold than there is',
    file: 'services/order-api/src/domain/order.ts',
    find: 'line.quantity > line.product.stock',
    replace: 'line.quantity > line.product.stock + 1',
    tests: orderTest,
    // Taking what is not there is an error of the product itself.
    failsWith: /AssertionError|RangeError: .* has 1, not 2/,
    why: 'the last piece would be sold twice',
  },
  {
    name: 'order: a total that does not fit is let through',
    file: 'services/order-api/src/domain/order.ts',
    find: "if (exceedsNumeric(order.total)) return rejected({ kind: 'total-too-large' });",
    replace: '',
    tests: orderTest,
    why: 'the database would answer with an error of its own, a 500 to the client',
  },
  {
    name: 'money: amounts are summed with few digits',
    file: 'services/order-api/src/domain/money.ts',
    find: 'Decimal.clone({ precision: 40 })',
    replace: 'Decimal.clone({ precision: 10 })',
    tests: ['services/order-api/src/domain/money.test.ts', ...orderTest],
    why: 'large totals would be a cent off',
  },
  {
    name: 'keys: another request gets the stored answer',
    file: decideOrders,
    find: 'return record.requestHash === pending.requestHash\n',
    replace: 'return record.requestHash !== undefined\n',
    tests: placeOrdersTest,
    why: 'a client that reuses a key would believe that its second order was placed',
  },
  {
    name: 'keys: a key in progress is not waited for',
    file: decideOrders,
    find: "if (!known.locked.has(identity)) return reject({ kind: 'request-in-progress' });",
    replace: '',
    tests: placeOrdersTest,
    why: 'two requests with one key at the same time would place two orders',
  },
  {
    name: 'batch: each command sees the stock as it was',
    file: decideOrders,
    find: 'products.set(product.id, product);',
    replace: '',
    tests: placeOrdersTest,
    why: 'one batch would sell the last piece to everybody in it',
  },
  {
    name: 'batch: one refused command fails all',
    file: 'services/order-api/src/use-cases/place-orders.ts',
    find: 'if (!mayBeOfOne(error) || batch.length === 1)',
    replace: 'if (mayBeOfOne(error) || batch.length === 1)',
    tests: ['services/order-api/src/use-cases/place-orders.integration.test.ts'],
    only: 'fails that one alone',
    why: 'one client would fail others',
  },
  {
    name: 'tokens: the audience is not checked',
    file: tokenVerifier,
    find: '        audience,\n',
    replace: '',
    tests: tokenTest,
    why: 'a token for another service would be good here',
  },
  {
    name: 'tokens: one without an end is taken',
    file: tokenVerifier,
    find: "requiredClaims: ['exp', 'sub']",
    replace: "requiredClaims: ['sub']",
    tests: tokenTest,
    why: 'a leaked token would be good for ever',
  },
  {
    name: 'cursors: one of another list is taken',
    file: 'services/order-api/src/http/cursors.ts',
    find: 'hash === hashOf(filter) && ',
    replace: '',
    tests: ['services/order-api/src/http/cursors.test.ts'],
    why: 'a page would silently leave out or repeat orders',
  },
  {
    name: 'orm: MikroORM’s default flush mode',
    file: 'services/order-api/src/persistence/orm.ts',
    find: "flushMode: 'commit',",
    replace: '',
    tests: unitOfWorkTest,
    why: 'half a unit of work would be written before a query',
  },
  {
    name: 'orm: an unloaded to-one reads as its bare id',
    file: 'services/order-api/src/persistence/loaded.ts',
    find: 'if (!reference.isInitialized()) throw new NotLoadedError(relation);',
    replace: '',
    tests: unitOfWorkTest,
    why: 'a forgotten populate would show as undefined, or as one query per row',
  },
];
