import type { ClientBase } from 'pg';
import { beforeEach, expect, test } from 'vitest';
import '../../../test/servers/provided.ts';
import type { Application } from './apply-batch.ts';
import { applyDelivery } from './apply-delivery.ts';
import { effectsOf, event, givesUpSoon, query, recording, useEffectsDatabase } from './effects.fixture.ts';
import type { Storage } from './storage/storage.ts';

/** What many early events of one key cost: each delivery reads a page of them, not all. */

const effects = useEffectsDatabase();
const stored = 2_500;

/** Per transaction: rows read and statements. */
interface Cost {
  rows: number;
  statements: number;
}

function measured<Tx>(storage: Storage<Tx>): { readonly storage: Storage<Tx>; readonly costs: Cost[] } {
  const costs: Cost[] = [];
  return {
    costs,
    storage: {
      transaction: (work) =>
        storage.transaction((scope) => {
          const cost = { rows: 0, statements: 0 };
          costs.push(cost);
          const sql: typeof scope.sql = {
            async query<Row extends object>(text: string, values: readonly unknown[]) {
              const rows = await scope.sql.query<Row>(text, values);
              cost.rows += rows.length;
              cost.statements += 1;
              return rows;
            },
          };
          return work({ ...scope, sql });
        }),
    },
  };
}

function delivering(more: Partial<Application<ClientBase, undefined>> = {}) {
  const plain = recording(effects.pool, {
    handler: async (client, events) => {
      const keys = events.map(({ key }) => key);
      const versions = events.map(({ version }) => version);
      const insert = 'insert into effect (key, version) select * from unnest($1::text[], $2::integer[])';
      await client.query(insert, [keys, versions]);
    },
    ...more,
  });
  const { storage, costs } = measured(plain.storage);
  const deliver = (...events: Parameters<typeof applyDelivery>[2]) =>
    applyDelivery({ ...plain, storage }, givesUpSoon, events, AbortSignal.timeout(50_000));
  return { deliver, costs };
}

beforeEach(async () => {
  const asOwner = (text: string) => query(effects.database, 'superuser', text);
  await asOwner(`insert into inbox_gate (consumer_group, key) values ('g', 'a')`);
  await asOwner(`insert into inbox_early (consumer_group, key, topic, version, epoch, payload, headers)
                 select 'g', 'a', 'cancelled', n + 1, 0, '{}', '{}' from generate_series(1, ${stored}) n`);
});

const most = (costs: readonly Cost[], of: keyof Cost) => Math.max(...costs.map((cost) => cost[of]));

test('one more early event of a key with many reads a page of them and what is the same version', async () => {
  const { deliver, costs } = delivering();
  const again = { ...event('a', 2_000), value: Buffer.from('{}') };
  expect(await deliver(event('a', 9_000), event('b', 1), again)).toMatchObject({
    applied: 1,
    kept: 1,
    skipped: 1,
  });
  expect(costs.length).toBe(1);
  expect(most(costs, 'rows')).toBeLessThan(520);
  expect(most(costs, 'statements')).toBeLessThan(10);
});

test('the missing one lets all of them go on in order, a page a transaction', async () => {
  const { deliver, costs } = delivering();
  expect(await deliver(event('a', 1))).toMatchObject({ applied: stored + 1 });
  const { a: versions = [] } = await effectsOf(effects);
  expect(versions).toEqual(Array.from({ length: stored + 1 }, (_, i) => i + 1));
  expect(await query(effects.database, 'superuser', 'select from inbox_early')).toEqual([]);
  expect(costs.length).toBe(3);
  expect(most(costs, 'rows')).toBeLessThan(1_010);
});

test('a poison among them is a dead letter, and what is before it is applied', async () => {
  const { deliver } = delivering({
    parse: ({ version }) => {
      if (version === 1_005) throw new SyntaxError('no JSON');
      return undefined;
    },
  });
  expect(await deliver(event('a', 1))).toMatchObject({
    applied: 1_004,
    buried: [{ event: { version: 1_005 } }],
  });
});
