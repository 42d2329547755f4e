import { expect, test } from 'vitest';
import { type Column, table } from './table.ts';

const columns: readonly Column<{ name: string; count: number }>[] = [
  { title: 'name', text: ({ name }) => name },
  { title: 'count', align: 'right', text: ({ count }) => String(count) },
  { title: 'note', text: ({ count }) => (count > 9 ? 'many' : '') },
];

test('columns are as wide as what they show, and no line ends in a space', () => {
  const rows = [
    { name: 'a', count: 7 },
    { name: '注文', count: 12345 },
  ];
  expect(table(columns, rows)).toBe('name  count  note\na         7\n注文  12345  many\n');
});

test('nothing is shown of no rows', () => {
  expect(table(columns, [])).toBe('');
});

test('a control character cannot write elsewhere on the screen', () => {
  expect(table(columns, [{ name: '\u001b[2J\n', count: 1 }])).toContain('\\u001b[2J\\u000a');
});

test('ten thousand rows take no minutes', () => {
  const rows = Array.from({ length: 10_000 }, (_, count) => ({ name: `key ${count}`, count }));
  expect(table(columns, rows).split('\n')).toHaveLength(10_002);
});
