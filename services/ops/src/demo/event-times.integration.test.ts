import pg from 'pg';
import { expect, test } from 'vitest';
import { createSalesDatabase } from '../../../../test/servers/databases.ts';
import '../../../../test/servers/provided.ts';
import { readApplied } from './event-times.sql.ts';

test('what is applied is what the counting that serves has applied, also after a rebuild', async () => {
  await using database = await createSalesDatabase();
  const admin = new pg.Pool({ connectionString: database.urlFor('superuser'), max: 1 });
  const operators = new pg.Pool({ connectionString: database.urlFor('waybill_ops'), max: 1 });
  try {
    await admin.query(
      `insert into inbox_gate (consumer_group, key, version, payload_hash)
       values ('sales', 'before', 1, '\\x00'), ('sales-g2', 'since', 1, '\\x00')`,
    );
    const applied = async () =>
      (await readApplied(operators, 'sales', ['before', 'since'])).map(({ key }) => key);
    expect(await applied()).toEqual(['before']);
    await admin.query(`update projection_generation set state = 'retired'`);
    await admin.query(
      `insert into projection_generation (generation, state, actor, reason) values (2, 'active', 'ada', 'so')`,
    );
    expect(await applied()).toEqual(['since']);
  } finally {
    await operators.end();
    await admin.end();
  }
});
