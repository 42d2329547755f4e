import type { Queryable } from '../relay/relay-database.ts';

/** @returns what the database's clock shows now, as text, which keeps its microseconds */
export async function readDatabaseTime(database: Queryable): Promise<string> {
  const { rows } = await database.query<{ now: string }>({
    text: 'select clock_timestamp()::text as now',
    values: [],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('PostgreSQL answered no row');
  return row.now;
}
