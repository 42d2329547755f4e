import type { Queryable } from './relay-database.ts';

/** What the database behind a connection is, compared with what the cursor was made on. */
export type SourceCheck =
  | { readonly state: 'standby' }
  | {
      readonly state: 'primary';
      readonly epoch: number;
      readonly change: 'same' | 'other timeline' | 'other cluster';
    };

/**
 * To be asked on every new connection before its first read. A standby's snapshot has no list of open
 * transactions: reading there would lose rows.
 */
export async function checkSource(connection: Queryable): Promise<SourceCheck> {
  const recovery = await connection.query<{ standby: boolean }>({
    text: 'select pg_is_in_recovery() as standby',
    values: [],
  });
  if (recovery.rows[0]?.standby !== false) return { state: 'standby' };
  const { rows } = await connection.query<{
    epoch: number;
    change: 'same' | 'other timeline' | 'other cluster';
  }>({ text: 'select epoch, change from outbox_confirm_source()', values: [] });
  const [source] = rows;
  if (source === undefined) throw new Error('outbox_confirm_source() answered no row');
  return { state: 'primary', ...source };
}
