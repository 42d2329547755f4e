import type { Mutant } from './mutant.ts';

const decide = 'packages/inbox/src/decide.ts';
const decideTests = ['packages/inbox/src/decide.test.ts', 'packages/inbox/src/plan.test.ts'];

/** The consumer kit, the projection that is built on it, and what they read. */
export const consumerMutants: readonly Mutant[] = [
  {
    name: 'gate: an early event is applied at once',
    file: decide,
    find: "return order === 'gapless' ? { kind: 'keep' } : { kind: 'apply' };",
    replace: "return { kind: 'apply' };",
    tests: decideTests,
    why: 'a cancellation would be applied before its order',
  },
  {
    name: 'gate: a repetition is applied again',
    file: decide,
    find: 'if (arrival.version === applied + 1)',
    replace: 'if (arrival.version === applied + 1 || arrival.version === applied)',
    tests: decideTests,
    why: 'every redelivery would count twice',
  },
  {
    name: 'gate: a contradiction is skipped',
    file: decide,
    find: "return contradicts(arrival, gate) ? { kind: 'diverged' } : { kind: 'skip' };",
    replace: "return { kind: 'skip' };",
    tests: decideTests,
    why: 'a restored source that tells another story would go unnoticed',
  },
  {
    name: 'plan: what waited stays in the store',
    file: 'packages/inbox/src/plan.ts',
    find: 'this.#waiting.delete(event.version);',
    replace: '',
    tests: ['packages/inbox/src/plan.test.ts'],
    why: 'applied events would be kept for ever',
  },
  {
    name: 'batch: the effect commits without its gate',
    file: 'packages/inbox/src/apply-batch.ts',
    find: 'await applyEvents(application, scope, plan.apply);',
    replace: "await applyEvents(application, scope, plan.apply);\n    await scope.sql.query('commit', []);",
    tests: ['packages/inbox/src/two-topics.integration.test.ts'],
    why: 'a crash between the two would apply the batch again, and a second member would not wait',
  },
  {
    name: 'totals: a cancellation adds',
    file: 'services/sales-projection/src/domain/total-change.ts',
    find: 'addMoney(spent, negateMoney(event.data.total))',
    replace: 'addMoney(spent, event.data.total)',
    tests: ['services/sales-projection/src/domain/total-change.test.ts'],
    why: 'the totals would no longer equal the orders',
  },
  {
    name: 'contracts: an event’s id leaves out its version',
    file: 'packages/contracts/src/encode.ts',
    find: 'ce_id: `${key}:${version}`',
    replace: 'ce_id: key',
    tests: ['packages/contracts/src/encode.test.ts'],
    why: 'consumers that deduplicate by ce_id would drop every later event of an order',
  },
  {
    name: 'contracts: headers may contradict the body',
    file: 'packages/contracts/src/decode.ts',
    find: '.filter(([name, text]) => headerText(headers, name) !== text)',
    replace: '.filter(([name]) => headerText(headers, name) === undefined)',
    tests: ['packages/contracts/src/decode.test.ts'],
    why: 'an event would be applied under another version than its body’s',
  },
];
