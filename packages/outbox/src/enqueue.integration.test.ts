import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { expect, it } from 'vitest';
import { createOrderDatabase } from '../../../test/servers/databases.ts';
import { createEnqueue } from './enqueue.ts';
import type { OutboxEvent } from './event.ts';
import { UnknownTopicError } from './lanes/lane-directory.ts';
import { partitionOf } from './lanes/murmur2.ts';
import { readLanes } from './lanes/read-lanes.ts';
import { OutboxEventEntity } from './outbox-event.entity.ts';

const event: OutboxEvent = {
  topic: 'order_placed',
  key: '0198c0de-0000-7000-8000-0000000000aa',
  version: 1,
  type: 'waybill.order.placed.v1',
  payload: '{"ö":"exactly these bytes",  "n": 1.10}',
  headers: { ce_id: 'x:1' },
};

async function writer(url: string) {
  const statements: string[] = [];
  const orm = await MikroORM.init({
    clientUrl: url,
    entities: [OutboxEventEntity],
    flushMode: 'commit',
    debug: ['query'],
    colors: false,
    logger: (line) => statements.push(line),
  });
  return { orm, statements, [Symbol.asyncDispose]: () => orm.close(true) };
}

it('writes the event with the unit of work, under exactly the grants of the API, without asking anything back', async () => {
  await using database = await createOrderDatabase();
  await using api = await writer(database.urlFor('waybill_api'));
  const enqueue = createEnqueue(await readLanes(api.orm.em));
  api.statements.length = 0;

  await api.orm.em.fork().transactional(async (em) => {
    enqueue(em, event);
    expect(api.statements.filter((line) => line.includes('insert'))).toEqual([]);
  });

  const inserts = api.statements.filter((line) => line.includes('insert into'));
  expect(inserts).toHaveLength(1);
  expect(inserts[0]).not.toContain('returning');
  const client = new pg.Client({ connectionString: database.urlFor('superuser') });
  await client.connect();
  const { rows } = await client.query(
    `select o.*, o.headers::json as headers, l.partition, o.xid::text = o.xmin::text as is_own_transaction
     from outbox o join outbox_lane l using (lane)`,
  );
  await client.end();
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ ...event, partition: partitionOf(event.key, 8), is_own_transaction: true });
});

it('leaves nothing behind when the unit of work fails', async () => {
  await using database = await createOrderDatabase();
  await using api = await writer(database.urlFor('waybill_api'));
  const enqueue = createEnqueue(await readLanes(api.orm.em));
  const failing = api.orm.em.fork().transactional(async (em) => {
    enqueue(em, event);
    await em.flush();
    throw new Error('planted');
  });
  await expect(failing).rejects.toThrow('planted');
  const client = new pg.Client({ connectionString: database.urlFor('superuser') });
  await client.connect();
  const { rows } = await client.query('select count(*)::int as events from outbox');
  await client.end();
  expect(rows).toEqual([{ events: 0 }]);
});

it('refuses what must not enter the outbox before anything is written', async () => {
  await using database = await createOrderDatabase();
  await using api = await writer(database.urlFor('waybill_api'));
  const enqueue = createEnqueue(await readLanes(api.orm.em));
  const em = api.orm.em.fork();
  expect(() => enqueue(em, { ...event, topic: 'nobody_added_it' })).toThrow(UnknownTopicError);
  expect(() => enqueue(em, { ...event, version: 0 })).toThrow(/version/);
  expect(() => enqueue(em, { ...event, version: 1.5 })).toThrow(/version/);
  expect(() => enqueue(em, { ...event, key: '' })).toThrow(/key/);
  expect(() => enqueue(em, { ...event, key: 'ö'.repeat(128) })).toThrow(/256/);
  expect(em.getUnitOfWork().getPersistStack().size).toBe(0);
});
