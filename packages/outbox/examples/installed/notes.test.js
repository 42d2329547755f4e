/*
 * A project in plain JavaScript that has installed the package, and its test without a broker: `node --test`, with
 * DATABASE_URL as the owner of an empty database. One role does everything here; invoices/ keeps them apart.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Migration, Migrator } from '@mikro-orm/migrations';
import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql';
import { createEnqueue, OutboxEventEntity, readLanes } from '@waybill/outbox';
import { InMemoryBroker, InMemoryPublisher } from '@waybill/outbox/in-memory-publisher';
import { outboxMigrations } from '@waybill/outbox/migrations';
import { Relay } from '@waybill/outbox/relay';
import pg from 'pg';

const clientUrl = process.env.DATABASE_URL;
const role = new URL(clientUrl).username;

const Note = defineEntity({
  name: 'Note',
  tableName: 'note',
  properties: { id: p.uuid().primary(), text: p.text() },
});

class CreateNote extends Migration {
  up() {
    this.addSql(
      `create table note (id uuid primary key, text text not null); select outbox_add_topic('note', 2);`,
    );
  }

  down() {
    this.addSql('drop table note');
  }
}

async function writeNote(em, enqueue, { id, text }) {
  await em.transactional(async (tx) => {
    tx.persist(tx.create(Note, { id, text }));
    enqueue(tx, {
      topic: 'note',
      key: id,
      version: 1,
      type: 'example.note.written.v1',
      payload: JSON.stringify({ id, text }),
      headers: { 'content-type': 'application/json' },
    });
  });
}

await test('a note that was committed is published, and one that was not is not', async (t) => {
  const orm = await MikroORM.init({
    clientUrl,
    entities: [Note, OutboxEventEntity],
    extensions: [Migrator],
    migrations: {
      snapshot: false,
      migrationsList: [
        ...outboxMigrations({ writer: role, relay: role, jobs: role, ops: role }),
        { name: '202611300900_create_note', class: CreateNote },
      ],
    },
    logger: () => {},
  });
  t.after(() => orm.close(true));
  await orm.migrator.up();
  const enqueue = createEnqueue(await readLanes(orm.em));
  const note = { id: randomUUID(), text: 'kept' };

  await writeNote(orm.em.fork(), enqueue, note);
  await assert.rejects(writeNote(orm.em.fork(), enqueue, { id: note.id, text: 'refused' }), /unique/);
  await writeNote(orm.em.fork(), enqueue, { id: randomUUID(), text: 'later' });

  const broker = new InMemoryBroker();
  broker.createTopic('note', { partitions: 2 });
  const pool = new pg.Pool({ connectionString: clientUrl, max: 4, connectionTimeoutMillis: 5_000 });
  const stop = new AbortController();
  const ended = new Relay({ pool, publisher: new InMemoryPublisher(broker), listener: () => {} }).run(
    stop.signal,
  );
  t.after(async () => {
    stop.abort();
    await ended;
    await pool.end();
  });
  await t.waitFor(() => assert.equal(broker.read('note').length, 2), { timeout: 30_000 });
  assert.deepEqual(
    broker
      .read('note')
      .filter(({ key }) => key === note.id)
      .map(({ value }) => JSON.parse(value)),
    [note],
  );
});
