import { expect, it } from 'vitest';
import { loggedTransaction, pgbenchScript } from './pgbench-script.ts';

const log = `2026-11-24 10:00:00.000 UTC [1] LOG:  statement: select 1
2026-11-24 10:00:00.001 UTC [1] LOG:  statement: begin
2026-11-24 10:00:00.002 UTC [1] LOG:  statement: insert into t
\t     select 'id-1', E'{"a\\\\":"id-1"}'::json
2026-11-24 10:00:00.003 UTC [1] LOG:  statement: commit
2026-11-24 10:00:01.000 UTC [2] LOG:  statement: select 2
`;

it('takes the last transaction out of the log, lines and all', () => {
  expect(loggedTransaction(log)).toEqual([
    'begin',
    `insert into t\n\t     select 'id-1', E'{"a\\\\":"id-1"}'::json`,
    'commit',
  ]);
});

it('puts an expression in the place of each value, within the literal that it stands in', () => {
  const varying = [{ logged: 'id-1', expression: ':o::text' }];
  expect(pgbenchScript(loggedTransaction(log), varying, [String.raw`\set o :o + 1`])).toBe(
    `\\set o :o + 1
begin;
insert into t
\t     select ('' || :o::text || ''), (E'{"a\\\\":"' || :o::text || E'"}')::json;
commit;
`,
  );
});
