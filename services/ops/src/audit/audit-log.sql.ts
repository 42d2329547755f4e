import type { Queryable } from '@waybill/outbox/operations';

export interface AuditFilter {
  readonly since: Date | null;
  readonly actor: string | null;
  readonly rowId: string | null;
  readonly requestId: string | null;
  readonly limit: number;
}

export interface AuditRow {
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly table_name: string;
  readonly row_id: string;
  readonly row_version: number | null;
  readonly request_id: string | null;
}

/**
 * The newest entries first. One row is found by ix_audit_log_table_name_row_id only together with its table, so
 * without a time every filter walks pk_audit_log backwards until it has enough: `since` bounds that by ix_audit_log_at.
 */
export async function readAuditLog(
  database: Queryable,
  { since, actor, rowId, requestId, limit }: AuditFilter,
): Promise<readonly AuditRow[]> {
  const { rows } = await database.query<AuditRow>({
    text: `select id, at, actor, action, table_name, row_id, row_version, request_id
           from ops_audit_log
           where ($1::timestamptz is null or at >= $1)
             and ($2::text is null or actor = $2)
             and ($3::text is null or row_id = $3)
             and ($4::text is null or request_id = $4)
           order by id desc
           limit $5`,
    values: [since, actor, rowId, requestId, limit],
  });
  return rows;
}
