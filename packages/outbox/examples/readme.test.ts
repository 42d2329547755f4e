import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** Code under a link to the file that it shows. */
const shown = [...readme.matchAll(/\]\((examples\/[^)]+)\)\n\n```\w+\n(.*?)```/gs)].map(
  ([, path = '', code = '']) => ({ path, code }),
);

test('the README shows every file of the example but its test', () => {
  expect(shown.map(({ path }) => path)).toEqual([
    'examples/invoices/roles.sql',
    'examples/invoices/schema.ts',
    'examples/invoices/invoice.ts',
    'examples/invoices/relay.ts',
    'examples/invoices/journal-publisher.ts',
  ]);
});

test.each(shown)('$path in the README is what the test runs', ({ path, code }) => {
  expect(code).toBe(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'));
});
