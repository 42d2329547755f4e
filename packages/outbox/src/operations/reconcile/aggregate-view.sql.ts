import type { Queryable } from '../../relay/relay-database.ts';
import type { Aggregate, AggregateSource } from './aggregates.ts';

/**
 * A view that whoever owns the aggregates makes for operators, with the columns id uuid (the primary key of the table
 * below it), key text, version integer, topic text and created_at timestamptz.
 */
export interface AggregateView {
  readonly name: string;
  /** Topics whose events are of these aggregates. */
  readonly topics: readonly string[];
}

interface Row {
  key: string;
  version: number;
  topic: string;
  created_at: Date;
}

const rowsAtOnce = 1_000;

/** Pages and look-ups both go by the view's id. A name goes into SQL as an identifier, which cannot be a parameter. */
export function aggregatesFrom(database: Queryable, { name, topics }: AggregateView): AggregateSource {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(name)) throw new Error(`"${name}" is not a plain name of a view`);
  const page = `
    select id, key, version, topic, created_at from ${name}
    where $1::uuid is null or id > $1 order by id limit $2`;
  // What is no UUID is nobody's key.
  const find = `
    select key, version, topic, created_at from ${name}
    where id = any (select wanted::uuid from unnest($1::text[]) as wanted where pg_input_is_valid(wanted, 'uuid'))`;
  return {
    topics,
    async *pages() {
      let after: string | null = null;
      for (;;) {
        const { rows }: { rows: (Row & { id: string })[] } = await database.query<Row & { id: string }>({
          text: page,
          values: [after, rowsAtOnce],
        });
        const last = rows.at(-1);
        if (last === undefined) return;
        yield rows.map(aggregateOf);
        after = last.id;
      }
    },
    async find(keys) {
      const { rows } = await database.query<Row>({ text: find, values: [keys] });
      return rows.map(aggregateOf);
    },
  };
}

function aggregateOf({ key, version, topic, created_at }: Row): Aggregate {
  return { key, version, topic, createdAt: created_at };
}
