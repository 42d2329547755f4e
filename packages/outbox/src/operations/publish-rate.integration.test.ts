import pg from 'pg';
import { expect, it } from 'vitest';
import { createOrderDatabase } from '../../../../test/servers/databases.ts';
import { planOf } from '../migrations/plans.fixture.ts';
import { rateWindowMs, readPublishRates } from './publish-rate.sql.ts';

it('is taken from the newest receipts, and costs no more where many are older', async () => {
  await using database = await createOrderDatabase();
  const admin = new pg.Pool({ connectionString: database.urlFor('superuser'), max: 1 });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => admin.end());
  const publish = async (receipts: number, events: number, agoMs: number): Promise<void> => {
    await admin.query(
      `insert into outbox_progress (lane, position, snapshot, floor, log_generation, base_offset, first_seq, last_seq,
                                    seqs, published_at)
       select 1, n, pg_current_snapshot(), 0, 0, n, 1, $2, array(select generate_series(1, $2::bigint)),
              clock_timestamp() - $3 * interval '1 millisecond'
       from generate_series(1, $1::int) n`,
      [receipts, events, agoMs],
    );
  };
  await publish(100_000, 3, rateWindowMs + 5_000);
  await publish(2, 25, 0);
  await admin.query('analyze outbox_progress'); // as autovacuum does a minute later
  const asked: { readonly text: string; readonly values: readonly unknown[] }[] = [];
  const rates = await readPublishRates({
    query(statement) {
      asked.push(statement);
      return admin.query({ ...statement, values: [...statement.values] });
    },
  });

  const { rows } = await admin.query('select topic from outbox_lane where lane = 1');
  expect(rates.get(rows[0].topic)).toBe((2 * 25) / (rateWindowMs / 1_000));
  const [statement] = asked;
  const { pages } = await planOf(admin, statement?.text ?? '', statement?.values ?? []);
  expect(pages).toBeLessThan(500);
});
