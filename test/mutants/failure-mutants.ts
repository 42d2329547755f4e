import type { Mutant } from './mutant.ts';

const orderApi = 'services/order-api/src';
const persistence = `${orderApi}/persistence`;
const useCases = `${orderApi}/use-cases`;
const configured = [`${orderApi}/config.test.ts`];
const unavailable = [`${orderApi}/http/unavailable.test.ts`];
const twoInstances = [`${orderApi}/http/two-instances.integration.test.ts`];

/** The order API when something fails in passing, and what keeps one request from harming another. */
export const failureMutants: readonly Mutant[] = [
  {
    name: 'failure: what has no key is begun again',
    file: `${useCases}/create-user.ts`,
    find: '      throw error;',
    replace:
      `      if ('again' in author) throw error;\n` +
      '      return createUserUseCase({ transactions, now, newId })({ email, name }, { ...author, again: true });',
    tests: unavailable,
    why: 'a commit whose answer was lost would be told to the client as a duplicate of its own request',
  },
  {
    name: 'failure: nothing is begun again',
    file: `${useCases}/repeat-policy.ts`,
    find: 'attempts: 5',
    replace: 'attempts: 1',
    tests: unavailable,
    why: 'each deadlock and each failover would reach the clients',
  },
  {
    name: 'failure: repetitions are not counted',
    file: `${orderApi}/app.ts`,
    find: 'onRepeat: observability.repeats,',
    replace: 'onRepeat: () => undefined,',
    tests: [`${orderApi}/observability/observability.integration.test.ts`],
    only: 'is repeated, and that is counted',
    why: 'nobody would see that the service deadlocks with itself',
  },
  {
    name: 'failure: a pool without a free place is a mistake of ours',
    file: `${persistence}/sql-state.ts`,
    find: 'if (noFreePlace.test(error.message)) {',
    replace: 'if (false) {',
    tests: twoInstances,
    only: 'no connection is free',
    why: 'clients would take a moment of load for a defect, and not come again',
  },
  {
    name: 'failure: keys that cannot be had are a mistake of ours',
    file: `${orderApi}/http/authentication.ts`,
    find: "throw new ProblemError({\n        name: 'service-unavailable',",
    replace: "throw new ProblemError({\n        name: 'internal-error',",
    tests: [`${orderApi}/http/authentication.test.ts`],
    only: 'keys that cannot be had',
    why: 'clients would not come again after an outage of who issues the tokens',
  },
  {
    name: 'failure: products are locked in any order',
    file: `${persistence}/locked-products.sql.ts`,
    find: ' order by id for no key update`',
    replace: ' order by random() for no key update`',
    tests: twoInstances,
    why: 'orders for the same products would deadlock, and wait a second for PostgreSQL to find out',
  },
  {
    name: 'failure: the API’s sessions may run for ever',
    file: 'infra/postgres/roles.ts',
    find: `    statement_timeout: '5s',\n`,
    replace: '',
    tests: [`${persistence}/schema.integration.test.ts`],
    only: 'begins each session with its limits',
    why: 'behind a connection pooler nothing would end a statement',
  },
  {
    name: 'reports: read by what could write',
    file: `${persistence}/orm-reports.ts`,
    find: ', { readOnly: true }',
    replace: '',
    tests: [`${orderApi}/http/reading.integration.test.ts`],
    only: 'is read by what could not write',
    why: 'a report could change what it counts, and would fail on a replica that took it for a writer',
  },
  {
    name: 'reports: take as many connections as orders',
    file: `${orderApi}/config.ts`,
    find: 'max: settings.DATABASE_READ_POOL_SIZE',
    replace: 'max: orders.pool.max',
    tests: configured,
    why: 'reports would use up what the database has for all',
  },
  {
    name: 'groups: how many at once is not set',
    file: `${orderApi}/config.ts`,
    find: 'groupsAtOnce: settings.ORDER_GROUPS_AT_ONCE,',
    replace: 'groupsAtOnce: 1,',
    tests: configured,
    why: 'an operator would turn a knob that nothing hangs on',
  },
  {
    name: 'audit: a renamed user leaves no trace',
    file: `${useCases}/upsert-user.ts`,
    find: 'unit.audit.record({ author, action: `user.${kind}`',
    replace: 'void ({ author, action: `user.${kind}`',
    tests: [`${orderApi}/http/audit.integration.test.ts`],
    only: 'tells of a renamed user',
    why: 'nobody could tell who changed a name',
  },
  {
    name: 'histories: a cancelled order keeps its goods',
    file: `${useCases}/cancel-order.ts`,
    find: 'for (const product of cancelled.products) unit.products.save(product);',
    replace: '',
    tests: [`${orderApi}/histories.integration.test.ts`],
    failsWith: /Property failed/,
    why: 'stock and sold would no longer add up to what was supplied',
  },
];
