import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asMigrator, until } from '../../../../test/relay/bench.ts';
import { hold } from '../../../../test/servers/hold.ts';
import { type JobsBench, jobsBench } from '../jobs.fixture.ts';
import type { Job, JobResult, Progress, Queryable } from '../runs/job.ts';
import { saveJobs } from '../runs/job-run.sql.ts';
import { expireKeys } from './expire-keys.ts';
import { forget } from './forget.ts';
import { forgetAudit } from './forget-audit.ts';
import { partitionsJob } from './partitions-job.ts';

let bench: JobsBench;
let session: Queryable;
beforeAll(async () => {
  bench = await jobsBench();
  const { pool } = bench;
  session = { query: ({ text, values }) => pool.query(text, [...values]) };
});
afterAll(() => bench[Symbol.asyncDispose]());

async function run(job: Job): Promise<{ result: JobResult; reported: Progress[] }> {
  const reported: Progress[] = [];
  const report = async (progress: Progress): Promise<void> => void reported.push(progress);
  const result = await job.run({ session, report, signal: new AbortController().signal });
  return { result, reported };
}

describe('expire-keys', () => {
  const plant = (count: number, expires: string) =>
    bench.admin.query(
      `insert into idempotency_keys (principal, route, key, request_hash, status, headers, body, expires_at)
       select $2, '/v1/orders', n::text, repeat('0', 64), 201, '{}', '{}', now() + $3::interval
       from generate_series(1, $1::int) n`,
      [count, randomUUID(), expires],
    );
  const remaining = async () => (await bench.admin.query('select from idempotency_keys')).rowCount;

  it('deletes what has expired, batch by batch, and nothing else', async () => {
    await plant(25, '-1 second');
    await plant(3, '1 hour');

    const { result, reported } = await run(expireKeys(10));

    expect(result).toEqual({ deleted: 25 });
    expect(reported).toEqual([10, 20, 25].map((done) => ({ done, total: 25 })));
    expect(await remaining()).toBe(3);
    expect((await run(expireKeys(10))).result).toEqual({ deleted: 0 });
  });

  it('counts no further than it may, and then says how far it is, and not of how many', async () => {
    await plant(25, '-1 second');

    const { result, reported } = await run(expireKeys(10, 24));

    expect(result).toEqual({ deleted: 25 });
    expect(reported).toEqual([{ done: 10 }, { done: 20 }, { done: 25 }]);
  });

  it('keeps a key that is used again while it waits for it', async () => {
    await plant(2, '-1 second');
    const api = new pg.Client({ connectionString: bench.database.urlFor('waybill_api') });
    await api.connect();
    try {
      await api.query('begin');
      await api.query(
        `update idempotency_keys set expires_at = now() + interval '1 day' where key = '1' and expires_at < now()`,
      );
      const running = run(expireKeys());
      await until('it waits', async () => {
        const { rowCount } = await bench.admin.query(
          `select from pg_stat_activity where usename = 'waybill_jobs' and wait_event_type = 'Lock'`,
        );
        return rowCount === 1;
      });
      await api.query('commit');

      expect((await running).result).toEqual({ deleted: 1 });
      expect(await remaining()).toBe(4);
    } finally {
      await api.end();
    }
  });
});

describe('partitions', () => {
  const day = (ahead: number) => `to_char((now() at time zone 'UTC')::date + ${ahead}, '"outbox_p"YYYYMMDD')`;

  it('finds nothing to do while a relay does it', async () => {
    const { result, reported } = await run(partitionsJob(7));
    expect(result).toEqual({ made: 0, days_ahead: 7, dropped: [] });
    expect(reported.at(-1)).toEqual({ done: 2, total: 2 });
  });

  describe('while somebody else is at it', () => {
    const old = (ago: number) => `to_char(current_date - ${ago}, '"outbox_p"YYYYMMDD')`;
    const make = (ago: number) =>
      asMigrator(bench.database, `select outbox_make_partition('outbox', current_date - ${ago})`);
    const named = async (ago: number): Promise<string> =>
      (await bench.admin.query(`select ${old(ago)} as name`)).rows[0].name;

    it('finds nothing in a day that an open transaction has locked', async () => {
      await make(40);
      await using reader = await hold(bench.admin, `select from ${await named(40)}`);
      const { result } = await run(partitionsJob(7));
      await reader.release();
      expect(result).toEqual({
        made: 0,
        days_ahead: 7,
        dropped: [],
        left_for_later: [`${await named(40)}: locked by an open transaction`],
      });
    });

    it('finds nothing in a day that another process drops, or has dropped', async () => {
      const days = [await named(40), await named(39)];
      await make(39);
      const { pool } = bench;
      session = {
        async query({ text, values }) {
          if (!text.includes('outbox_drop_partition(')) return pool.query(text, [...values]);
          if (values[0] === days[0]) {
            await using relay = await hold(
              bench.admin,
              `select pg_advisory_xact_lock(hashtextextended('outbox_drop_partition', 0))`,
            );
            const answer = await pool.query(text, [...values]);
            await relay.release();
            return answer;
          }
          await pool.query(text, [...values]);
          return await pool.query(text, [...values]);
        },
      };
      try {
        const { result } = await run(partitionsJob(7));
        expect(result).toEqual({
          made: 0,
          days_ahead: 7,
          dropped: [],
          left_for_later: [
            `${days[0]}: another process drops days`,
            `${days[1]}: not an old partition of the outbox`,
          ],
        });
      } finally {
        session = { query: ({ text, values }) => pool.query(text, [...values]) };
      }
      expect((await run(partitionsJob(7))).result.dropped).toEqual([days[0]]);
    });
  });

  it('makes days that are missing, and says that the default partition is in use', async () => {
    const { rows } = await bench.admin.query(`select ${day(0)} as today, ${day(1)} as tomorrow`);
    await bench.admin.query(`drop table ${rows[0].today}, ${rows[0].tomorrow}`);
    await bench.admin.query(
      `insert into outbox (lane, topic, key, version, type, payload, headers)
       values (1, 'order_placed', 'k', 1, 't', '{}', '{}')`,
    );

    const { result } = await run(partitionsJob(7));

    expect(result).toMatchObject({ made: 1, dropped: [] });
    expect(result.findings).toEqual([
      '1 days have no partition: their rows are in the default one',
      expect.stringMatching(/^outbox_default is kept: events that are not published$/),
    ]);
  });

  it('drops an old day that nobody needs', async () => {
    await asMigrator(bench.database, `select outbox_make_partition('outbox', current_date - 30)`);
    expect((await run(partitionsJob(7))).result.dropped).toHaveLength(1);
  });
});

describe('forget', () => {
  it('deletes old runs but the newest of each job and what it found last, and old canaries', async () => {
    await saveJobs(session, [forget, expireKeys()]);
    for (const [job, days] of [
      ['forget', 30],
      ['forget', 8],
      ['expire-keys', 8],
      ['expire-keys', 1],
    ] as const) {
      await bench.admin.query(
        `insert into job_run (job, cause, due_at, finished_at, outcome)
         values ($1, 'schedule', now() - $2 * interval '1 day', now() - $2 * interval '1 day', 'done')`,
        [job, days],
      );
    }
    await bench.admin.query(
      `insert into job_run (job, cause, due_at, finished_at, outcome)
       select 'forget', 'schedule', at, at, 'failed' from (values (now() - interval '7 days 1 h'), (now() - interval '6 h')) run (at)`,
    );
    await bench.admin.query(
      `insert into canary (id, written_at) values ($1, now() - interval '8 days'), ($2, now())`,
      [randomUUID(), randomUUID()],
    );

    expect((await run(forget)).result).toEqual({ runs: 3, canaries: 1 });
    const { rows } =
      await bench.admin.query(`select job, outcome, (now() - due_at) > interval '7 days' as old from job_run
      order by 1, 2`);
    expect(rows).toEqual([
      { job: 'expire-keys', outcome: 'done', old: false },
      { job: 'forget', outcome: 'done', old: true },
      { job: 'forget', outcome: 'failed', old: false },
    ]);
  });
});

describe('forget-audit', () => {
  it('deletes entries that are old enough, batch by batch, and nothing else', async () => {
    await bench.admin.query(
      `insert into audit_log (actor, action, table_name, row_id, at)
       select 'ada', 'user.changed', 'users', n::text, now() - n * interval '10 days' from generate_series(1, 30) n`,
    );
    const { result, reported } = await run(forgetAudit(95, 8));
    expect(result).toEqual({ deleted: 21 });
    expect(reported.map(({ done }) => done)).toEqual([8, 16, 21]);
    const { rows } = await bench.admin.query(
      'select row_id::int as n from audit_log order by n desc limit 1',
    );
    expect(rows).toEqual([{ n: 9 }]);
  });

  it('cannot be asked for what is young, nor by whom it may concern', async () => {
    await expect(run(forgetAudit(29))).rejects.toMatchObject({ code: '22023' });
    await expect(bench.pool.query('delete from audit_log')).rejects.toMatchObject({ code: '42501' });
    for (const role of ['waybill_api', 'waybill_ops'] as const) {
      const client = new pg.Client({ connectionString: bench.database.urlFor(role) });
      await client.connect();
      try {
        const asked = client.query('select audit_log_forget(30, 1)');
        await expect(asked).rejects.toMatchObject({ code: '42501' });
      } finally {
        await client.end();
      }
    }
  });
});
