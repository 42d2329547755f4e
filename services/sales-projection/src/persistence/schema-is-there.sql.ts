import type { Pool } from 'pg';

/**
 * For readiness: resolves when the database answers and its migrations have run. Reads no row.
 *
 * @throws what pg throws, for example 42P01 where a table is missing
 */
export async function requireSchema(pool: Pool): Promise<void> {
  await pool.query(
    'select from inbox_gate, inbox_dead_letter, buyer_totals, projection_generation, projection_progress limit 0',
  );
}
