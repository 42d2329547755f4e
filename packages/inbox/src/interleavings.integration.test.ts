import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { wait } from '@waybill/retry';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import '../../../test/servers/provided.ts';
import { type Application, applyBatch } from './apply-batch.ts';
import { effectsOf, event, query, recording, useEffectsDatabase } from './effects.fixture.ts';
import type { InboxEvent } from './event.ts';
import { type Kind, kinds } from './kit.fixture.ts';
import { mikroOrmStorage } from './storage/mikro-orm-storage.ts';
import type { Sql, Storage } from './storage/storage.ts';

/** Two members bring the two topics of one order: every order in which their steps can follow each other. */

const effects = useEffectsDatabase();

/** Before the gate is made, before it is locked, before it is read, before the commit. */
const steps = 4;

/** A member of the group that goes a step at a time. */
interface Stepped extends AsyncDisposable {
  readonly isDone: boolean;
  begin(its: InboxEvent): void;
  /** Goes on to its next step; one that waits for a lock lets its turn pass. */
  next(): void;
  /** Resolves when it can go no further by itself: it stands, is done, or waits for the other's lock. */
  settled(watcher: pg.Client): Promise<void>;
  /** @throws what the delivery threw */
  delivered(): Promise<void>;
}

/** Opens a member over one of the storages, with one connection. */
async function openMember(kind: Kind): Promise<Stepped> {
  const clientUrl = effects.database.urlFor('waybill_sales');
  if (kind === 'pg') {
    const pool = new pg.Pool({ connectionString: clientUrl, max: 1 });
    return await new SteppedMember(recording(pool), () => pool.end()).open();
  }
  const orm = await MikroORM.init({
    clientUrl,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    pool: { max: 1 },
  });
  return await new SteppedMember<EntityManager>(
    {
      ...recording(effects.pool),
      storage: mikroOrmStorage(orm.em),
      handler: async (em, events) => {
        for (const { key, version } of events)
          await em.execute('insert into effect (key, version) values (?, ?)', [key, version]);
      },
    },
    () => orm.close(true),
  ).open();
}

class SteppedMember<Tx> implements Stepped {
  readonly #application: Application<Tx, undefined>;
  readonly #close: () => Promise<void>;
  #pid = 0;
  #state: 'runs' | 'stands' | 'is done' = 'is done';
  #goOn = Promise.withResolvers<void>();
  #delivered: Promise<unknown> = Promise.resolve();

  constructor(application: Application<Tx, undefined>, close: () => Promise<void>) {
    this.#application = application;
    this.#close = close;
  }

  async open(): Promise<this> {
    const [row] = await this.#application.storage.transaction(({ sql }) =>
      sql.query<{ readonly pid: number }>('select pg_backend_pid() as pid', []),
    );
    this.#pid = Number(row?.pid);
    return this;
  }

  begin(its: InboxEvent): void {
    const inner = this.#application.storage;
    const storage: Storage<Tx> = {
      transaction: (work) =>
        inner.transaction(async (scope) => {
          const result = await work({ ...scope, sql: this.#stepping(scope.sql) });
          await this.#step();
          return result;
        }),
    };
    this.#state = 'runs';
    this.#delivered = applyBatch({ ...this.#application, storage }, { events: [its] }).finally(() => {
      this.#state = 'is done';
    });
  }

  next(): void {
    if (this.#state !== 'stands') return;
    this.#state = 'runs';
    this.#goOn.resolve();
  }

  async settled(watcher: pg.Client): Promise<void> {
    const limit = AbortSignal.timeout(10_000);
    while (this.#state === 'runs') {
      limit.throwIfAborted();
      const { rows } = await watcher.query('select cardinality(pg_blocking_pids($1)) as n', [this.#pid]);
      if (Number(rows[0]?.n) > 0) return;
      await wait(0, limit);
    }
  }

  get isDone(): boolean {
    return this.#state === 'is done';
  }

  async delivered(): Promise<void> {
    await this.#delivered;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  #stepping(sql: Sql): Sql {
    let left = steps - 1;
    return {
      query: async <Row extends object>(text: string, values: readonly unknown[]) => {
        left -= 1;
        if (left >= 0) await this.#step();
        return await sql.query<Row>(text, values);
      },
    };
  }

  async #step(): Promise<void> {
    this.#goOn = Promise.withResolvers();
    this.#state = 'stands';
    await this.#goOn.promise;
  }
}

/** Every sequence of so many turns of one and of the other. */
function interleavings(ones: number, others: number): readonly string[] {
  if (ones === 0 || others === 0) return ['1'.repeat(ones) + '2'.repeat(others)];
  return [
    ...interleavings(ones - 1, others).map((rest) => `1${rest}`),
    ...interleavings(ones, others - 1).map((rest) => `2${rest}`),
  ];
}

describe.each(kinds)('over %s', (kind) => {
  test.each([
    ['a new order', 0],
    ['a known order', 1],
  ])('%s: both are applied once, in version order, and nothing is left behind', async (_what, known) => {
    await using one = await openMember(kind);
    await using other = await openMember(kind);
    const watcher = new pg.Client({ connectionString: effects.database.urlFor('superuser') });
    await watcher.connect();
    const orders = interleavings(steps, steps);
    try {
      if (known > 0)
        await applyBatch(recording(effects.pool), { events: orders.map((key) => event(key, known)) });
      for (const order of orders) {
        one.begin(event(order, known + 1));
        other.begin(event(order, known + 2));
        for (let turn = 0; !(one.isDone && other.isDone); turn += 1) {
          await Promise.all([one.settled(watcher), other.settled(watcher)]);
          // Turns that passed because of a lock come after the others.
          const whose = order[turn] ?? (turn % 2 === 0 ? '1' : '2');
          if (whose === '1') one.next();
          else other.next();
        }
        await Promise.all([one.delivered(), other.delivered()]);
      }
    } finally {
      await watcher.end();
    }
    expect(orders).toHaveLength(70);
    const versions = Array.from({ length: known + 2 }, (_, i) => i + 1);
    expect(await effectsOf(effects)).toEqual(Object.fromEntries(orders.map((order) => [order, versions])));
    expect(await query(effects.database, 'superuser', 'select from inbox_early')).toEqual([]);
  });
});
