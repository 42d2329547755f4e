import type { Aggregate, AggregateSource } from '@waybill/outbox/operations';
import type { Queryable } from '../runs/job.ts';

const ORDERS_AT_ONCE = 1_000;

interface Row {
  key: string;
  version: number;
  topic: string;
  placed_at: Date;
}

/** By pk_orders. */
const PAGE = `
select key, version, topic, placed_at from ops_order_versions
where $1::uuid is null or id > $1 order by id limit $2`;

/** By pk_orders. What is no id of an order is nobody's key. */
const FIND = `
select key, version, topic, placed_at from ops_order_versions
where id = any (select wanted::uuid from unnest($1::text[]) as wanted where pg_input_is_valid(wanted, 'uuid'))`;

/** Orders, of which the jobs see id, version and state, and nothing of their buyers. */
export function orderVersions(database: Queryable, topics: readonly string[]): AggregateSource {
  return {
    topics,
    async *pages() {
      let after: string | null = null;
      for (;;) {
        const { rows }: { rows: Row[] } = await database.query<Row>({
          text: PAGE,
          values: [after, ORDERS_AT_ONCE],
        });
        const last = rows.at(-1);
        if (last === undefined) return;
        yield rows.map(aggregateOf);
        after = last.key;
      }
    },
    async find(keys) {
      const { rows } = await database.query<Row>({ text: FIND, values: [keys] });
      return rows.map(aggregateOf);
    },
  };
}

function aggregateOf({ key, version, topic, placed_at }: Row): Aggregate {
  return { key, version, topic, createdAt: placed_at };
}
