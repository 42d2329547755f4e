/**
 * The one way in which entries of the audit log go away, by age alone: no role may delete them, and the jobs' role may
 * ask for nothing younger than 30 days. Whoever could remove what they like could cover what they did. The oldest
 * entries are found by ix_audit_log_at, a block range index: where nothing is old enough, nothing is read.
 */
export const createForgetAuditLog = `
create function audit_log_forget(keep_days integer, at_most integer) returns integer
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  forgotten integer;
  cutoff timestamptz := clock_timestamp() - make_interval(days => keep_days);
begin
  if keep_days is null or keep_days < 30 then
    raise exception 'the audit log is kept for 30 days at least' using errcode = '22023';
  end if;
  if at_most is null or at_most < 1 then
    raise exception 'at_most is 1 at least' using errcode = '22023';
  end if;
  delete from audit_log where id in (
    select id from audit_log where at < cutoff limit at_most);
  get diagnostics forgotten = row_count;
  return forgotten;
end;
$$;
comment on function audit_log_forget(integer, integer) is 'deletes entries older than so many days, at most so many; returns how many';
revoke execute on function audit_log_forget(integer, integer) from public;
grant execute on function audit_log_forget(integer, integer) to waybill_jobs;
`;

export const dropForgetAuditLog = `
drop function audit_log_forget(integer, integer);
`;
