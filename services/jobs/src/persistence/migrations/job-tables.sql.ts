/**
 * Asks for a run of a job, once it is clear who asks, why, and that there is the job.
 *
 * @param parts variables, and what raises no_data_found for a job that cannot be asked for
 */
export function jobRequest({
  declares,
  refuses,
}: {
  readonly declares: string;
  readonly refuses: string;
}): string {
  return `
create or replace function job_request(job_name text, actor text, reason text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
${declares}  run bigint;
begin
  if coalesce(btrim(actor), '') = '' or coalesce(btrim(reason), '') = '' then
    raise exception 'job_request: who asks, and why, is missing' using errcode = 'invalid_parameter_value';
  end if;
${refuses}
  insert into job_run (job, cause, due_at, requested_by, reason)
    values (job_name, 'request', clock_timestamp(), actor, job_request.reason)
    returning id into run;
  return run;
end $$;
`;
}

/** As it was before jobs could be retired. */
export const originalJobRequest = jobRequest({
  declares: '',
  refuses: `\
  if not exists (select from job where name = job_name) then
    raise exception 'job_request: there is no job %', job_name using errcode = 'no_data_found';
  end if;`,
});

/**
 * What has to run, and what came of it: the truth of scheduled work. A run is appended when it is due or asked for,
 * and changed by whoever holds the job's advisory lock. Redis holds none of this.
 */
export const createJobTables = `
create table job (
  name        text not null,
  schedule    text not null,
  description text not null,
  constraint pk_job primary key (name)
);
comment on index pk_job is 'a job by its name';

create table job_run (
  id              bigint      not null generated always as identity,
  job             text        not null,
  cause           text        not null,
  due_at          timestamptz not null,
  requested_by    text,
  reason          text,
  attempts        integer     not null default 0,
  next_attempt_at timestamptz,
  worker          text,
  started_at      timestamptz,
  steps_done      bigint,
  steps_total     bigint,
  finished_at     timestamptz,
  outcome         text,
  result          jsonb,
  error_code      text,
  error           text,
  constraint pk_job_run primary key (id),
  constraint fk_job_run_job foreign key (job) references job (name),
  constraint ck_job_run_cause check (cause in ('schedule', 'request')),
  constraint ck_job_run_request check ((cause = 'request') = (requested_by is not null)),
  constraint ck_job_run_outcome check (outcome in ('done', 'failed')),
  constraint ck_job_run_finished check ((finished_at is null) = (outcome is null))
);
comment on index pk_job_run is 'follow: a run by its id';
create unique index uq_job_run_job_due_at on job_run (job, due_at) where cause = 'schedule';
comment on index uq_job_run_job_due_at is 'one run per due time, whoever notices it first';
create index ix_job_run_job_id on job_run (job, id desc);
comment on index ix_job_run_job_id is 'the newest runs of a job; those to forget';
create index ix_job_run_id on job_run (id) where finished_at is null;
comment on index ix_job_run_id is 'what is open, asked every second';

${originalJobRequest}

revoke execute on function job_request(text, text, text) from public;
grant select, insert, update on job to waybill_jobs;
grant select, insert, update, delete on job_run to waybill_jobs;
grant select on job, job_run to waybill_ops;
grant execute on function job_request(text, text, text) to waybill_ops;
`;

export const dropJobTables = `
drop function job_request(text, text, text);
drop table job_run, job;
`;
