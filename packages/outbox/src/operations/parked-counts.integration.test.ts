import pg from 'pg';
import { expect, it } from 'vitest';
import { createOrderDatabase } from '../../../../test/servers/databases.ts';
import { readParkedCounts } from './database-facts.sql.ts';

it('counts parked events by topic and reason, and of a lane with many of them the first ones', async () => {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createOrderDatabase());
  const admin = new pg.Pool({ connectionString: database.urlFor('superuser'), max: 1 });
  stack.defer(() => admin.end());
  const ops = new pg.Pool({ connectionString: database.urlFor('waybill_ops'), max: 1 });
  stack.defer(() => ops.end());
  await admin.query(
    `insert into outbox_parked (lane, seq, topic, key, version, type, payload, headers, created_at, reason, attempts)
     select lane, seq, 't' || lane, 'k', 1, 't', '{}', '{}', now(), reason, 1
     from (values (1, 1, 'A'), (1, 2, 'B'), (1, 3, 'B'), (1, 4, 'C'), (2, 5, 'A'), (2, 6, 'A'))
            as parked (lane, seq, reason)`,
  );
  const few = { topic: 't2', reason: 'A', events: 2, eventsAre: 'exact' };
  expect(await readParkedCounts(ops, 5)).toEqual([
    { topic: 't1', reason: 'A', events: 1, eventsAre: 'exact' },
    { topic: 't1', reason: 'B', events: 2, eventsAre: 'exact' },
    { topic: 't1', reason: 'C', events: 1, eventsAre: 'exact' },
    few,
  ]);
  expect(await readParkedCounts(ops, 3)).toEqual([
    { topic: 't1', reason: 'A', events: 1, eventsAre: 'at least' },
    { topic: 't1', reason: 'B', events: 2, eventsAre: 'at least' },
    few,
  ]);
});
