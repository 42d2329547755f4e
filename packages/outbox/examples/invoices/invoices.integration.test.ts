import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MikroORM } from '@mikro-orm/postgresql';
import { createEnqueue, type Enqueue, readLanes } from '@waybill/outbox';
import { InMemoryBroker, InMemoryPublisher } from '@waybill/outbox/in-memory-publisher';
import type { Publisher } from '@waybill/outbox/publisher';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runAsSuperuser, urlOn } from '../../../../test/servers/databases.ts';
import { temporaryFolder } from '../../../../test/servers/temporary-folder.ts';
import { issueInvoice, payInvoice } from './invoice.ts';
import { JournalPublisher } from './journal-publisher.ts';
import { runRelay } from './relay.ts';
import { billing } from './schema.ts';

const roles = ['billing_owner', 'billing_api', 'billing_relay', 'billing_ops'];
const limit = { timeout: 30_000 };

const urlOf = (role: string): string => urlOn('billing', role);

async function openOrm(role: string) {
  const orm = await MikroORM.init({ ...billing(urlOf(role)), logger: () => {} });
  return Object.assign(orm, { [Symbol.asyncDispose]: () => orm.close(true) });
}

/** Runs a relay until the end of the block. */
function relaying(publisher: Publisher): AsyncDisposable {
  const stop = new AbortController();
  const ended = runRelay(urlOf('billing_relay'), publisher, () => {}, stop.signal);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

/** What `outbox_delivery` tells the writer about the events of one invoice. */
async function deliveryOf(id: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: urlOf('billing_api') });
  await client.connect();
  try {
    const { rows } = await client.query('select version, state, "offset" from outbox_delivery($1)', [id]);
    return rows;
  } finally {
    await client.end();
  }
}

const statementsOf = (sql: string): string[] =>
  sql
    .replaceAll(/^--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');

beforeAll(async () => {
  const rolesSql = readFileSync(new URL('roles.sql', import.meta.url), 'utf8');
  await runAsSuperuser(...statementsOf(rolesSql));
  await using owner = await openOrm('billing_owner');
  await owner.migrator.up();
});
afterAll(() =>
  runAsSuperuser('drop database if exists billing with (force)', ...roles.map((role) => `drop role ${role}`)),
);

async function withApi(work: (orm: MikroORM, enqueue: Enqueue) => Promise<void>): Promise<void> {
  await using orm = await openOrm('billing_api');
  await work(orm, createEnqueue(await readLanes(orm.em)));
}

test('an invoice’s events come out of a relay in order, and what was rolled back does not', async () => {
  await using folder = temporaryFolder();
  mkdirSync(join(folder.path, 'invoice'));
  const [paidOne, refusedOne] = [randomUUID(), randomUUID()];
  await withApi(async (orm, enqueue) => {
    await issueInvoice(orm.em.fork(), enqueue, { id: paidOne, customer: 'Ada', cents: 1_000 });
    await payInvoice(orm.em.fork(), enqueue, paidOne);
    await expect(payInvoice(orm.em.fork(), enqueue, paidOne)).rejects.toThrow('paid already');
    await issueInvoice(orm.em.fork(), enqueue, { id: refusedOne, customer: 'Ada', cents: 5 });
    const twice = issueInvoice(orm.em.fork(), enqueue, { id: refusedOne, customer: 'Eve', cents: 5 });
    await expect(twice).rejects.toThrow(/unique/);
  });

  {
    await using _relay = relaying(new JournalPublisher(folder.path));
    await expect
      .poll(() => deliveryOf(paidOne), limit)
      .toMatchObject([
        { version: 1, state: 'published' },
        { version: 2, state: 'published' },
      ]);
    await expect.poll(() => deliveryOf(refusedOne), limit).toMatchObject([{ state: 'published' }]);
  }

  const lines = readdirSync(join(folder.path, 'invoice')).flatMap((name) =>
    readFileSync(join(folder.path, 'invoice', name), 'utf8')
      .trim()
      .split('\n'),
  );
  const events: { key: string; value: string }[] = lines.map((line) => JSON.parse(line));
  expect(events.filter(({ key }) => key === paidOne).map(({ value }) => value)).toEqual([
    JSON.stringify({ id: paidOne, cents: 1_000 }),
    JSON.stringify({ id: paidOne }),
  ]);
  expect(events.filter(({ key }) => key === refusedOne)).toHaveLength(1);
});

test('a broker in memory shows a test what was published, and what happens while it is away', async () => {
  const broker = new InMemoryBroker();
  broker.createTopic('invoice', { partitions: 4 });
  broker.goAway('ECONNREFUSED');
  const id = randomUUID();

  await using _relay = relaying(new InMemoryPublisher(broker));
  await withApi((orm, enqueue) => issueInvoice(orm.em.fork(), enqueue, { id, customer: 'Ada', cents: 7 }));
  expect(await deliveryOf(id)).toMatchObject([{ version: 1, state: 'pending' }]);
  broker.comeBack();

  await expect.poll(() => deliveryOf(id), limit).toMatchObject([{ version: 1, state: 'published' }]);
  expect(broker.read('invoice').filter(({ key }) => key === id)).toMatchObject([
    { value: JSON.stringify({ id, cents: 7 }), partition: expect.any(Number) },
  ]);
});

test('the schema goes again without a trace', async () => {
  await using owner = await openOrm('billing_owner');
  await owner.migrator.down({ to: 0 });

  const left = await owner.em.fork().execute(
    `select relname from pg_class where relnamespace = 'public'::regnamespace and relname not like 'mikro%'
     union all select proname from pg_proc where pronamespace = 'public'::regnamespace`,
  );
  expect(left).toEqual([]);
});
