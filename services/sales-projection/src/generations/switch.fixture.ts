import { type ConsumedEvent, pgStorage } from '@waybill/inbox';
import type { OrderEvent } from '@waybill/contracts';
import pg from 'pg';
import { createSalesDatabase } from '../../../../test/servers/databases.ts';
import '../../../../test/servers/provided.ts';
import { openPool } from '../persistence/pool.ts';
import { projectionOptions } from '../projection.ts';
import type { Laggard } from './laggards.sql.ts';
import { switchGeneration, type SwitchOutcome } from './switch-generation.ts';

const timeouts = { statementTimeoutMs: 8_000, queryTimeoutMs: 10_000 };
export const pair = { active: 1, building: 2 };
export const signal = new AbortController().signal;

/** Gates of the generation that serves (`g`), or of the one that is being built (`g-g2`). */
export async function gates(pool: pg.Pool, group: 'g' | 'g-g2', versions: Readonly<Record<string, number>>) {
  await pool.query(
    `insert into inbox_gate (consumer_group, key, version, payload_hash)
     select $1, key, version, case when version > 0 then '\\x00'::bytea end from unnest($2::text[], $3::integer[]) gate (key, version)
     on conflict (consumer_group, key) do update
       set version = excluded.version, payload_hash = excluded.payload_hash`,
    [group, Object.keys(versions), Object.values(versions)],
  );
}

/** What the consumer's handler does for a version of a key, in a transaction of the test's; its gate moves too. */
export async function count(client: pg.ClientBase, generation: 1 | 2, key: string, version: number) {
  const { handler } = projectionOptions({ pool: new pg.Pool(), group: 'g', generation });
  const identity = { key, version, epoch: 0 };
  const nothing = { type: 'waybill.event.discarded.v1', data: null, payload: '' } as const;
  const place = { topic: 'order_placed', partition: 0, offset: 0n, value: null, headers: {} };
  const data: OrderEvent = { ...nothing, ...identity, time: '2026-01-31T12:00:00.000Z' };
  const event: ConsumedEvent<OrderEvent> = { ...place, ...identity, data };
  await handler(client, [event]);
  await client.query(
    `insert into inbox_gate (consumer_group, key, version, payload_hash) values ($1, $2, $3, '\\x00')
     on conflict (consumer_group, key) do update set version = excluded.version`,
    [generation === 1 ? 'g' : 'g-g2', key, version],
  );
}

/** A transaction of the test's. */
export async function inOne(pool: pg.Pool, work: (client: pg.ClientBase) => Promise<void>): Promise<void> {
  await pgStorage(pool).transaction(({ tx }) => work(tx));
}

interface Bench {
  readonly pool: pg.Pool;
  /** One look of the service's loop. */
  readonly look: (pageSize?: number) => Promise<SwitchOutcome>;
  /** Looks until the gates are compared. */
  readonly compared: (pageSize?: number) => Promise<SwitchOutcome>;
  readonly laggards: () => Promise<readonly string[]>;
  readonly serving: () => Promise<number>;
}

export async function withRebuild(work: (bench: Bench) => Promise<void>): Promise<void> {
  await using database = await createSalesDatabase();
  const pool = openPool({ databaseUrl: database.urlFor('waybill_sales'), size: 8, ...timeouts });
  pool.on('error', () => undefined);
  const operators = openPool({ databaseUrl: database.urlFor('waybill_ops'), size: 1, ...timeouts });
  await operators.query(`select projection_rebuild('ada', 'the totals are off')`);
  await operators.end();
  let before: readonly Laggard[] | undefined;
  const look = async (pageSize = 2) => {
    const outcome = await switchGeneration(pool, 'g', { pair, before, pageSize, mayStop: true }, signal);
    before = outcome.state === 'behind' ? outcome.laggards : undefined;
    return outcome;
  };
  try {
    await work({
      pool,
      look,
      compared: async (pageSize) => {
        for (;;) {
          const outcome = await look(pageSize);
          if (outcome.state !== 'comparing') return outcome;
        }
      },
      laggards: async () =>
        (await pool.query('select key from projection_laggard order by key')).rows.map(({ key }) => key),
      serving: async () =>
        (await pool.query(`select generation from projection_generation where state = 'active'`)).rows[0]
          .generation,
    });
  } finally {
    await pool.end();
  }
}
