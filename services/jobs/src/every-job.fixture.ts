import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { until } from '../../../test/relay/bench.ts';
import { type Held, hold } from '../../../test/servers/hold.ts';
import type { JobsBench } from './jobs.fixture.ts';

/** With AUDIT_RETENTION_DAYS set. */
export const everyJob = ['canary', 'expire-keys', 'forget', 'forget-audit', 'partitions', 'reconcile'];

/** Locks something that each job needs before it is done: whichever begins now stays in the middle of its run. */
export function holdEveryJob({ admin }: JobsBench): Promise<Held> {
  const needed = 'canary, idempotency_keys, audit_log, outbox_default, orders';
  return hold(admin, `lock table ${needed} in access exclusive mode`);
}

/** As after two days without the service, for every job but the canary, which comes due by itself. */
export async function makeOverdue({ admin }: JobsBench): Promise<void> {
  await admin.query(
    `update job_run set due_at = started_at - interval '2 days'
     where cause = 'schedule' and finished_at is not null and job <> 'canary'`,
  );
}

/** Brings the next tick of every schedule forward to now, the canary's again left alone. */
export async function tickAll(client: Redis): Promise<void> {
  const connection = client.duplicate({ maxRetriesPerRequest: null });
  const queue = new Queue('jobs', { connection, prefix: 'waybill' });
  try {
    const ticks = async () => (await queue.getDelayed()).filter(({ name }) => name !== 'canary');
    await until('every schedule ticks', async () => (await ticks()).length === everyJob.length - 1);
    for (const tick of await ticks()) await tick.promote();
  } finally {
    await queue.close();
    connection.disconnect();
  }
}

/** The jobs that have a scheduled run of this kind, in order. @param kind an SQL condition */
export async function scheduled({ admin }: JobsBench, kind: string): Promise<string> {
  const { rows } = await admin.query<{ job: string }>(
    `select distinct job from job_run where cause = 'schedule' and ${kind} order by job`,
  );
  return rows.map(({ job }) => job).join();
}

export interface JobRun {
  readonly id: string;
  readonly job: string;
  readonly attempts: number;
  readonly outcome: string | null;
}

/** The scheduled runs that are being carried out, by job: one that waits to be repeated is not. */
export async function runsUnderWay({ admin }: JobsBench): Promise<JobRun[]> {
  const { rows } = await admin.query<JobRun>(
    `select id, job, attempts, outcome from job_run
     where cause = 'schedule' and started_at is not null and finished_at is null and next_attempt_at is null
     order by job`,
  );
  return rows;
}

/** The same runs as they are now, by job. */
export async function readAgain({ admin }: JobsBench, runs: readonly JobRun[]): Promise<JobRun[]> {
  const { rows } = await admin.query<JobRun>(
    'select id, job, attempts, outcome from job_run where id = any ($1::bigint[]) order by job',
    [runs.map(({ id }) => id)],
  );
  return rows;
}

/** All that is known of the runs that have ended, but when they were due. */
export async function historyOf({ admin }: JobsBench): Promise<unknown[]> {
  const { rows } = await admin.query(
    `select to_jsonb(run) - 'due_at' as run from job_run run where finished_at is not null order by id`,
  );
  return rows;
}
