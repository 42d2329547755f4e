import { jobRequest, originalJobRequest } from './job-tables.sql.ts';

const retiringJobRequest = jobRequest({
  declares: '  standing text;\n',
  refuses: `\
  select job_standing(job) into standing from job where name = job_name;
  if not found then
    raise exception 'job_request: there is no job %', job_name using errcode = 'no_data_found';
  end if;
  if standing = 'retired' then
    raise exception 'job_request: no service has the job % any more', job_name using errcode = 'no_data_found';
  end if;`,
});

/**
 * A job lives for as long as some service of the jobs says that it has it. So while two versions run side by side the
 * jobs of both can be asked for, and none of them needs to know of the other. Two minutes are more than the longest
 * pause between two checks of a service, which is one. Services of a version before this one say nothing.
 *
 * `retired`: services are heard of, and none of them has the job; `silent`: no service is heard of at all.
 */
export const retireJobs = `
alter table job add column seen_at timestamptz not null default clock_timestamp();

create function job_standing(job) returns text
language sql stable set search_path = public, pg_temp as $$
  select case when $1.seen_at < (select max(seen_at) from job) - interval '2 min' then 'retired'
              when $1.seen_at < clock_timestamp() - interval '2 min' then 'silent'
              else 'here' end
$$;

${retiringJobRequest}
revoke execute on function job_standing(job) from public;
grant execute on function job_standing(job) to waybill_jobs, waybill_ops;
`;

export const keepJobs = `
${originalJobRequest}
drop function job_standing(job);
alter table job drop column seen_at;
`;
