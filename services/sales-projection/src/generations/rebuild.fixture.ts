import { randomUUID } from 'node:crypto';
import { createConsumer, type IncomingMessage, type MessageSource } from '@waybill/inbox';
import { wait } from '@waybill/retry';
import type { TestDatabase } from '../../../../test/servers/databases.ts';
import { order, type TestOrder } from '../orders.fixture.ts';
import { openPool } from '../persistence/pool.ts';
import { projectionOptions } from '../projection.ts';
import { query } from '../sales.fixture.ts';
import { groupOf } from './group-of.ts';
import { runGenerations } from './run-generations.ts';

/** A topic in memory: whoever subscribes reads it from the beginning, one message after another. */
export class Log {
  readonly #messages: IncomingMessage[] = [];

  add(...orders: readonly TestOrder[]): void {
    for (const { placed, cancelled } of orders) {
      for (const [topic, one] of [
        ['order_placed', placed],
        ['order_cancelled', cancelled],
      ] as const) {
        if (one === undefined) continue;
        const offset = BigInt(this.#messages.length);
        const { key, payload, headers } = one;
        const value = Buffer.from(payload);
        this.#messages.push({ topic, partition: 0, offset, key, value, headers, timestamp: 0 });
      }
    }
  }

  readonly source: MessageSource = {
    consume: async ({ onBatch, onLag, onState, signal }) => {
      onState('consuming');
      for (let next = 0; !signal.aborted; ) {
        const message = this.#messages[next];
        const lag = this.#messages.length - next;
        onLag([{ topic: 'order_placed', partition: 0, lag }]);
        if (message === undefined) {
          await wait(5, signal);
          continue;
        }
        const { topic, partition } = message;
        await onBatch({ topic, partition, messages: [message], signal, applied: () => undefined });
        next += 1;
      }
    },
  };
}

const group = 'g';

/** The service's generations over a log, until the end of the scope. */
export function serve(
  database: TestDatabase,
  log: Log,
  refuses: (key: string, generation: number) => boolean = () => false,
) {
  const timeouts = { statementTimeoutMs: 8_000, queryTimeoutMs: 10_000 };
  const pool = openPool({ databaseUrl: database.urlFor('waybill_sales'), size: 8, ...timeouts });
  pool.on('error', () => undefined);
  const stop = new AbortController();
  const said: { readonly fields: object; readonly message: string }[] = [];
  const logger = {
    info: (fields: object, message: string) => void said.push({ fields, message }),
    warn: (fields: object, message: string) => void said.push({ fields, message }),
  };
  const ended = runGenerations(
    {
      pool,
      group,
      createConsumer: (generation) => {
        const { parse, ...options } = projectionOptions({
          pool,
          generation,
          group: groupOf(group, generation),
        });
        return createConsumer({
          ...options,
          parse: (event) => {
            if (refuses(event.key, generation)) throw new RangeError('not this one');
            return parse(event);
          },
          source: log.source,
          deadLetterTopics: { publish: async () => undefined },
          upkeepEveryMs: 20,
        });
      },
      onCounting: () => undefined,
      logger,
      everyMs: 30,
      random: () => 0.05,
      clearing: { everyMs: 30, batchSize: 2 },
    },
    stop.signal,
  );
  return {
    said,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
      await pool.end();
    },
  };
}

export const operator = (database: TestDatabase) => {
  const ask = (text: string, values: readonly unknown[] = []) =>
    query(database.urlFor('waybill_ops'), text, values);
  return {
    rebuild: () => ask(`select projection_rebuild('ada', 'the totals are off')`),
    letters: () => ask('select id, consumer_group, key, state from ops_dead_letters order by id'),
    generations: () =>
      ask('select generation, state, waits_for from ops_projection_generations order by generation'),
    cancel: (number: number) => ask(`select projection_cancel($1, 'ada', 'not now') as done`, [number]),
    wish: (id: unknown, wanted: string) =>
      ask('select inbox_wish($1, $2, $3, $4)', [id, wanted, 'ada', 'so']),
    audit: () =>
      ask(
        'select consumer_group, action, actor from ops_inbox_audit where consumer_group <> $1 order by id',
        [group],
      ),
  };
};

export const counter = (database: TestDatabase) => async (text: string) =>
  Number((await query(database.urlFor('superuser'), text))[0]?.['n']);

/** Rows that a generation has anywhere but in the list of generations and among dead letters. */
export const remains = (generation: number, itsGroup: string) =>
  `select (select count(*) from buyer_totals where generation = ${generation})
     + (select count(*) from projection_laggard where generation = ${generation})
     + (select count(*) from projection_progress where generation = ${generation})
     + (select count(*) from inbox_gate where consumer_group = '${itsGroup}')
     + (select count(*) from inbox_early where consumer_group = '${itsGroup}') as n`;

export const buyer = randomUUID();
export const some = (count: number) =>
  Array.from({ length: count }, (_, i) => order({ buyer, cents: 100 + i, ends: 'placed' }));
