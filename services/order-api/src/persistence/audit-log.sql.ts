import type { AuditEntry } from '../use-cases/audit.ts';
import type { Write } from './write-together.sql.ts';

/**
 * All entries of a unit of work. Not an entity: the ORM would ask for the generated ids back, and nobody may read the
 * log here. Costs, per row, an insertion at the end of pk_audit_log and one into ix_audit_log_table_name_row_id.
 */
export function insertAuditEntries(entries: readonly AuditEntry[]): Write {
  const rows = entries.map(({ author, action, table, rowId, version }) => ({
    actor: author.actor,
    request_id: author.requestId,
    action,
    table_name: table,
    row_id: rowId,
    row_version: version,
  }));
  return {
    sql: `insert into audit_log (actor, request_id, action, table_name, row_id, row_version)
     select actor, request_id, action, table_name, row_id, row_version
     from json_to_recordset(?::json) as entry
       (actor text, request_id text, action text, table_name text, row_id text, row_version integer)`,
    params: [JSON.stringify(rows)],
  };
}
