import type { Mutant } from './mutant.ts';

const runner = ['services/jobs/src/runs/job-runner.integration.test.ts'];
const retired = ['services/jobs/src/runs/retired-runs.integration.test.ts'];
const stalled = ['services/jobs/src/runs/stalled-run.integration.test.ts'];
const wiped = ['services/jobs/src/main.integration.test.ts'];
const upkeep = ['services/jobs/src/upkeep/upkeep.integration.test.ts'];

/** Scheduled work: one run at a time, none lost, and a canary that tells the truth. */
export const jobMutants: readonly Mutant[] = [
  {
    name: 'jobs: no job may take longer than the others',
    file: 'services/jobs/src/runs/job-runner.ts',
    find: 'const { limitMs = settings.limitMs } = job;',
    replace: 'const { limitMs } = settings;',
    tests: runner,
    only: 'as long as its own job may',
    why: 'the nightly comparison of everything that is kept never comes to its end',
  },
  {
    name: 'jobs: no lock',
    file: 'services/jobs/src/runs/job-session.ts',
    find: 'pg_try_advisory_lock(${LOCK_KEY}) as got',
    replace: '(${LOCK_KEY}) is not null as got',
    tests: runner,
    only: 'two processes',
    // The second one waits for the test, which waits for it.
    failsWith: /Test timed out/,
    why: 'two processes would delete the same rows and send two canaries',
  },
  {
    name: 'jobs: a result counts whoever has the run by now',
    file: 'services/jobs/src/runs/job-run.sql.ts',
    find: `  next_attempt_at = clock_timestamp() + $5 * interval '1 ms', error_code = $3, error = $4
where id = $1 and attempts = $2 and finished_at is null`,
    replace: `  next_attempt_at = clock_timestamp() + $5 * interval '1 ms', error_code = $3, error = $4
where id = $1 and $2::int is not null`,
    tests: stalled,
    why: 'a process that wakes up after an hour would overwrite what another one did',
  },
  {
    name: 'jobs: a silent session lives for ever',
    file: 'services/jobs/src/runs/job-session.ts',
    find: "set_config('idle_session_timeout', $2, false)",
    replace: "set_config('application_name', $2, false)",
    tests: stalled,
    failsWith: /the second has done it: not within/,
    why: 'a frozen process would keep its job from everybody',
  },
  {
    name: 'jobs: a stop spends an attempt',
    file: 'services/jobs/src/runs/job-run.sql.ts',
    find: 'attempts = attempts - 1, started_at = null',
    replace: 'started_at = null',
    tests: runner,
    only: 'a process that stops',
    why: 'five deployments in a row would fail a long run for good',
  },
  {
    name: 'jobs: an expired key is deleted though it is used again',
    file: 'services/jobs/src/upkeep/expired-keys.sql.ts',
    find: '  and stored.expires_at < statement_timestamp()`',
    replace: '`',
    tests: upkeep,
    only: 'expire-keys',
    why: 'a client that repeats its request would order twice',
  },
  {
    name: 'jobs: what failed is begun anew at once',
    file: 'services/jobs/src/runs/job-run.sql.ts',
    find: `  where job = $1 and finished_at is null and (next_attempt_at is null or next_attempt_at <= clock_timestamp())
  order by id limit 1`,
    replace: `  where job = $1 and finished_at is null
  order by id limit 1`,
    tests: runner,
    only: 'a run that fails',
    why: 'five attempts would be spent in one second of an outage',
  },
  {
    name: 'jobs: schedules are put back anew each time',
    file: 'services/jobs/src/queue/job-queue.ts',
    find: 'if (!isSame(known.get(name), repeat)) await',
    replace: 'if (known.get(name) === undefined && false) await',
    tests: ['services/jobs/src/queue/job-queue.integration.test.ts'],
    only: 'Redis forgot',
    failsWith: /not within/,
    why: 'after a wiped Redis every job would wait for the overdue check',
  },
  {
    name: 'jobs: what is overdue is looked for at the start only',
    file: 'services/jobs/src/runs/overdue-check.ts',
    find: `      if (performance.now() - savedAt >= parts.saveEveryMs) {
        await saveJobs(pool, jobs);
        savedAt = performance.now();
        await endRetiredRuns(pool);
      }
      await appendDueRuns(pool, runsDueAt(jobs,`,
    replace: `      const due = Number.isFinite(savedAt) ? [] : jobs;
      if (due.length > 0) {
        await saveJobs(pool, jobs);
        savedAt = performance.now();
        await endRetiredRuns(pool);
      }
      await appendDueRuns(pool, runsDueAt(due,`,
    tests: wiped,
    only: 'word alone',
    failsWith: /all are in the middle: not within/,
    why: 'a run whose time came while Redis was empty would be missed until somebody restarts the service',
  },
  {
    name: 'jobs: a tick that Redis forgot takes its process along',
    file: 'services/jobs/src/queue/job-queue.ts',
    find: 'tick.updateProgress({ ...progress }).catch(() => undefined);',
    replace: 'void tick.updateProgress({ ...progress });',
    tests: wiped,
    only: 'put back',
    failsWith: /all come to their end: not within|AssertionError/,
    why: 'wiping Redis would cut off every run under way',
  },
  {
    name: 'jobs: only BullMQ hears how far a run is',
    file: 'services/jobs/src/runs/job-runner.ts',
    find: '    await saveProgress(session, run, progress);\n',
    replace: '',
    tests: ['test/jobs/jobs-against-service.integration.test.ts'],
    only: 'how far the service is',
    failsWith: /run shows the first thousand: not within/,
    why: 'whoever follows a long run would not see whether it moves',
  },
  {
    name: 'jobs: a canary under way is never overdue',
    file: 'services/jobs/src/canary/canary-state.ts',
    find: '(sighting.underWayMs ?? 0) > limitMs',
    replace: '(sighting.underWayMs ?? 0) > 1_000 * limitMs',
    tests: ['services/jobs/src/canary/canary-state.test.ts'],
    why: 'the alarm for the whole path would never ring',
  },
  {
    name: 'jobs: a service says once which jobs it has',
    file: 'services/jobs/src/runs/overdue-check.ts',
    find: 'performance.now() - savedAt >= parts.saveEveryMs',
    replace: '!Number.isFinite(savedAt)',
    tests: retired,
    only: 'is said again and again',
    failsWith: /not within/,
    why: 'two minutes after a second version began, no job of the first could be asked for',
  },
  {
    name: 'jobs: a retired run is ended under whoever is at it',
    file: 'services/jobs/src/runs/retired-runs.sql.ts',
    find: "then pg_try_advisory_xact_lock(${lockKeyOf('run.job')}) else",
    replace: 'then true else',
    tests: retired,
    only: 'unless somebody is at it',
    why: 'what a process cut off for two minutes does would count as failed, and be done all the same',
  },
  {
    name: 'jobs: run gives up on what a service is at',
    file: 'services/ops/src/jobs/follow-runs.ts',
    find: "if (now.state !== 'waiting' && silentMs === null) lastAt",
    replace: "if (now.state !== 'waiting' && silentMs === 0) lastAt",
    tests: ['services/ops/src/jobs/jobs-command.integration.test.ts'],
    only: 'run goes on for longer',
    why: 'a long run would be reported as one that nobody has begun',
  },
  {
    name: 'jobs: counts of runs begin with the first',
    file: 'services/jobs/src/metrics/jobs-metrics.ts',
    find: 'for (const job of jobs) for',
    replace: 'for (const job of jobs.slice(0, 0)) for',
    tests: ['services/jobs/src/metrics/jobs-metrics.test.ts'],
    only: 'first failure',
    why: 'the first failure after a start would be no increase, and no alert',
  },
  {
    name: 'jobs: a run that failed has found nothing',
    file: 'services/jobs/src/runs/findings.sql.ts',
    find: "outcome = 'done' order by",
    replace: 'finished_at is not null order by',
    tests: ['services/jobs/src/runs/findings-watch.integration.test.ts'],
    failsWith: /changes nothing: not within/,
    why: 'one failure would end the alert on events that were lost',
  },
];
