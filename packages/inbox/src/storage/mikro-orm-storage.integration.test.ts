import { defineEntity, type EntityManager, MikroORM, type Options, p } from '@mikro-orm/postgresql';
import type { PoolClient } from 'pg';
import { expect, test } from 'vitest';
import '../../../../test/servers/provided.ts';
import type { Application } from '../apply-batch.ts';
import { applyDelivery } from '../apply-delivery.ts';
import { effectsOf, event, givesUpSoon, query, useEffectsDatabase } from '../effects.fixture.ts';
import { mikroOrmStorage } from './mikro-orm-storage.ts';

const effects = useEffectsDatabase();

const Effect = defineEntity({
  name: 'Effect',
  tableName: 'effect',
  properties: { at: p.bigint().primary().autoincrement(), key: p.text(), version: p.integer() },
});

async function openOrm(more: Partial<Options> = {}): Promise<MikroORM> {
  const clientUrl = effects.database.urlFor('waybill_sales');
  return await MikroORM.init({ clientUrl, entities: [Effect], pool: { max: 4 }, ...more });
}

function persisting(orm: MikroORM): Application<EntityManager, undefined> {
  return {
    storage: mikroOrmStorage(orm.em),
    group: 'g',
    order: 'gapless',
    onDivergence: 'stop the key',
    parse: () => undefined,
    handler: async (em, events) => {
      for (const { key, version } of events) em.persist(em.create(Effect, { key, version }));
    },
  };
}

test('given an entity that the database refuses, its event is a dead letter and the others are applied', async () => {
  const orm = await openOrm();
  await query(effects.database, 'superuser', `alter table effect add constraint no_b check (key <> 'b')`);
  try {
    const events = [event('a', 1), event('b', 1), event('c', 1)];
    const outcome = await applyDelivery(persisting(orm), givesUpSoon, events, AbortSignal.timeout(20_000));
    expect(outcome).toMatchObject({ applied: 2, buried: [{ event: { key: 'b' } }] });
  } finally {
    await query(effects.database, 'superuser', 'alter table effect drop constraint no_b');
    await orm.close(true);
  }
  expect(await effectsOf(effects)).toEqual({ a: [1], c: [1] });
});

test('given connections that are lost before their transaction begins, the pool gets them back', async () => {
  const orm = await openOrm({ pool: { max: 1 } });
  const { storage } = persisting(orm);
  const one = () => storage.transaction(({ sql }) => sql.query('select 1 as one', []));
  expect(await one()).toEqual([{ one: 1 }]);
  const pool = await orm.em.getConnection().getNativeClient();
  const lose = (client: PoolClient): void => {
    Reflect.get(client, 'connection').stream.destroy();
  };
  pool.once('acquire', lose);
  await expect(one()).rejects.toBeInstanceOf(Error);
  expect(await one()).toEqual([{ one: 1 }]);
  await orm.close(true);
});

test('given a database that cannot be reached at first, the next transaction reaches it', async () => {
  let state: 'away' | 'there' = 'there';
  const orm = await openOrm({
    driverOptions: () => {
      if (state === 'away') throw new Error('no address yet');
      return {};
    },
  });
  await orm.close(true);
  state = 'away';
  const { storage } = persisting(orm);
  const one = () => storage.transaction(({ sql }) => sql.query('select 1 as one', []));
  try {
    await expect(one()).rejects.toThrow('no address yet');
    state = 'there';
    expect(await one()).toEqual([{ one: 1 }]);
  } finally {
    await orm.close(true);
  }
});
