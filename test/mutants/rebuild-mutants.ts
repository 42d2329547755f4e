import type { Mutant } from './mutant.ts';

const tests = ['services/sales-projection/src/generations/rebuild.integration.test.ts'];
const failsWith = /AssertionError|in vain/;

/** Counting everything again beside what serves, and clearing what served before. */
export const rebuildMutants: readonly Mutant[] = [
  {
    name: 'rebuild: what was discarded is not discarded again',
    file: 'services/sales-projection/src/generations/generations.sql.ts',
    find: "theirs.state = 'discarded'",
    replace: 'false',
    tests,
    only: 'behind a letter that was discarded',
    failsWith,
    why: 'a rebuild would never serve once an event was given up',
  },
  {
    name: 'rebuild: it serves without what the other has',
    file: 'services/sales-projection/src/generations/switch-generation.ts',
    find: '(late.length > 0 || !hasSeenAll)',
    replace: 'late.length > 1',
    tests,
    only: 'it says why',
    failsWith,
    why: 'totals would lose an order that they had',
  },
  {
    name: 'rebuild: it does not say what it waits for',
    file: 'services/sales-projection/src/generations/run-generations.ts',
    find: '  await noteWaiting(pool, generation, waitsFor);\n',
    replace: '',
    tests,
    only: 'it says why',
    failsWith,
    why: 'operators would wait for ever beside it',
  },
  {
    name: 'rebuild: what served before is kept',
    file: 'services/sales-projection/src/generations/clear-retired.ts',
    find: 'for (const generation of await readRetired(pool)) {',
    replace: 'for (const generation of (await readRetired(pool)).slice(1)) {',
    tests,
    only: 'behind a letter that was discarded',
    failsWith,
    why: 'each rebuild would leave a gate per order and a total per buyer behind for ever',
  },
];
