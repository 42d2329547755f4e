import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { reportSlowStatements, shapeOf, type SlowStatement } from './slow-statements.ts';

it.each([
  [`select 1`, 'select ?'],
  [
    `insert into "users" ("email", "name") values ('ada@example.com', 'O''Hara')`,
    'insert into "users" ("email", "name") values (?, …)',
  ],
  [`select E'it\\'s Ada' as a, e'b'`, 'select ? as a, ?'],
  [`select $$Ada$$, $x$ it's $$ Ada $x$`, 'select ?, …'],
  [
    `update products set stock = 12.5, c = -3 where id = $1`,
    'update products set stock = ?, c = ? where id = $1',
  ],
  [`select "i0".*, "col_2" from t1 as "i0"`, 'select "i0".*, "col_2" from t1 as "i0"'],
  [`insert into t values ('a', 1), ('b', 2), ('c', 3)`, 'insert into t values (?, …), …'],
  [`select 'Ada with no end`, 'select ?'],
  ['select a\n     from b', 'select a from b'],
])('%s loses its values: %s', (statement, shape) => {
  expect(shapeOf(statement)).toBe(shape);
});

it('is cut off where it says no more than values', () => {
  expect(shapeOf(`select ${'a, '.repeat(1_000)}b`)).toHaveLength(1_501);
});

it('reports what took as long as the threshold, answered or failed, and leaves the answer alone', async () => {
  let time = 0;
  const answers: Record<string, { ms: number; value: Promise<string> }> = {
    fast: { ms: 9, value: Promise.resolve('a') },
    slow: { ms: 10, value: Promise.resolve('b') },
    failing: { ms: 11, value: Promise.reject(new Error('no')) },
  };
  const client = {
    query: async (...[text]: readonly unknown[]) => {
      const answer = answers[String(text)];
      time += answer?.ms ?? 0;
      return answer?.value;
    },
  };
  const pool = new EventEmitter();
  const reports: SlowStatement[] = [];
  reportSlowStatements(
    pool,
    10,
    () => time,
    (slow) => reports.push(slow),
  );
  pool.emit('connect', client);
  expect(await client.query('fast')).toBe('a');
  expect(await client.query('slow')).toBe('b');
  await expect(client.query('failing')).rejects.toThrow('no');
  expect(reports).toEqual([
    { statement: 'slow', ms: 10, outcome: 'answered' },
    { statement: 'failing', ms: 11, outcome: 'failed' },
  ]);
});
