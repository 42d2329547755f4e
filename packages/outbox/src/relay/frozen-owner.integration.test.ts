import pg from 'pg';
import { expect, it } from 'vitest';
import { createOrderDatabase } from '../../../../test/servers/databases.ts';
import { RelayDatabase } from './relay-database.ts';

const lockLanes = 'select lane from outbox_lane order by lane for no key update';

it('frees the lanes that a relay holds locked in a transaction in which it has frozen', async () => {
  await using database = await createOrderDatabase();
  const relay = new pg.Pool({ connectionString: database.urlFor('waybill_relay'), max: 1 });
  const next = new pg.Pool({ connectionString: database.urlFor('waybill_relay'), max: 1 });
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => {
    await Promise.all([relay.end(), next.end()]);
  });
  relay.on('error', () => undefined);

  let taken = 0;
  const frozen = new RelayDatabase(relay, 500, () => undefined).transaction(async (transaction) => {
    await transaction.query({ text: lockLanes, values: [] });
    // It says nothing more. Its next owner waits for the lanes, and for no longer than they are worth.
    await next.query(`set lock_timeout = '10s'`);
    taken = (await next.query(lockLanes)).rowCount ?? 0;
  });
  expect(
    await frozen.then(
      () => 'committed',
      () => 'undone',
    ),
  ).toBe('undone');
  expect(taken).toBeGreaterThan(0);
});

it('has the server end what it has given up on', async () => {
  await using database = await createOrderDatabase();
  const relay = new pg.Pool({ connectionString: database.urlFor('waybill_relay'), max: 1 });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => relay.end());
  const { rows } = await new RelayDatabase(relay, 1_234.5, () => undefined).query<{ limit: string }>({
    text: `select current_setting('statement_timeout') as limit`,
    values: [],
  });
  expect(rows).toEqual([{ limit: '1235ms' }]);
});
