import { hostname } from 'node:os';
import { canaryTopic } from '@waybill/contracts';
import type { ConsumerState, KafkaSettings } from '@waybill/kafka';
import { openEventLog } from '@waybill/kafka/platformatic';
import { aborted } from '@waybill/retry';
import pg from 'pg';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { CanaryWatch } from './canary/canary-watch.ts';
import { readCanaries } from './canary/read-canaries.ts';
import { canaryJob } from './canary/write-canary.ts';
import type { JobsSettings } from './config.ts';
import { databaseLog, logCanary, logRun } from './jobs-log.ts';
import { type JobsFacts, JobsMetrics } from './metrics/jobs-metrics.ts';
import { type JobQueue, openJobQueue } from './queue/job-queue.ts';
import { reconcileJob } from './reconcile/reconcile-job.ts';
import { FindingsWatch } from './runs/findings-watch.ts';
import type { Job } from './runs/job.ts';
import { JobRunner } from './runs/job-runner.ts';
import { checkForOverdueRuns } from './runs/overdue-check.ts';
import { expireKeys } from './upkeep/expire-keys.ts';
import { forget } from './upkeep/forget.ts';
import { forgetAudit } from './upkeep/forget-audit.ts';
import { partitionsJob } from './upkeep/partitions-job.ts';

/** One for each job that may be under way, and some for the checks. */
const DATABASE_CONNECTIONS = 10;
/** Leaves the rest of the 8 s in which a service closes to the connections. */
const STOP_GRACE_MS = 5_000;
const ATTEMPTS = { attempts: 5, baseMs: 1_000, capMs: 60_000, limitMs: 30 * 60_000 };
const CANARY_GROUP = 'waybill-canary';
/** What runs found changes as seldom as they end. */
const FINDINGS_EVERY_MS = 5_000;
/** A fraction of the two minutes after which a job that is not heard of counts as retired. */
const SAVE_EVERY_MS = 15_000;

/** Everything that services/jobs does, apart from listening and ending. */
export class JobsApp {
  readonly #settings: JobsSettings;
  readonly #logger: Logger;
  readonly #metrics: JobsMetrics;
  readonly #kafka: KafkaSettings;
  readonly #pool: pg.Pool;
  readonly #jobs: readonly Job[];
  readonly #runner: JobRunner;
  readonly #queue: JobQueue;
  readonly #canaries: CanaryWatch;
  readonly #findings: FindingsWatch;
  readonly #sayDatabase: (error: unknown) => void;
  #databaseError: unknown = new Error('PostgreSQL was not asked yet');
  #checkedAt = performance.now();
  #reader: ConsumerState = 'joining';

  constructor(settings: JobsSettings, registry: Registry, logger: Logger) {
    this.#settings = settings;
    this.#kafka = {
      ...settings.kafka,
      clientId: 'jobs',
      requestTimeoutMs: settings.KAFKA_REQUEST_TIMEOUT_MS,
    };
    this.#logger = logger;
    this.#sayDatabase = databaseLog(logger);
    this.#pool = openPool(settings.DATABASE_URL, logger);
    const pool = this.#pool;
    this.#jobs = [
      canaryJob(settings.CANARY_EVERY_MS),
      expireKeys(),
      forget,
      ...(settings.AUDIT_RETENTION_DAYS === undefined ? [] : [forgetAudit(settings.AUDIT_RETENTION_DAYS)]),
      partitionsJob(settings.OUTBOX_RETENTION_DAYS),
      reconcileJob(() => openEventLog(this.#kafka)),
    ];
    const jobs = this.#jobs;
    const names = jobs.map(({ name }) => name);
    const metrics = new JobsMetrics(registry, names);
    this.#metrics = metrics;
    this.#runner = new JobRunner({
      pool,
      jobs,
      settings: {
        ...ATTEMPTS,
        worker: `${hostname()}/${process.pid}`,
        stalledAfterMs: settings.JOBS_STALLED_AFTER_MS,
      },
      onRun: (run) => {
        metrics.runEnded(run);
        logRun(logger, run);
      },
    });
    const runner = this.#runner;
    this.#queue = openJobQueue({ redisUrl: settings.REDIS_URL, jobs, runner, database: pool, logger });
    this.#canaries = new CanaryWatch({
      database: pool,
      limits: { everyMs: settings.CANARY_EVERY_MS, limitMs: settings.CANARY_LIMIT_MS },
      everyMs: Math.min(1_000, settings.CANARY_EVERY_MS),
      onChange: (report) => logCanary(logger, report),
    });
    this.#findings = new FindingsWatch({ database: pool, jobs: names, everyMs: FINDINGS_EVERY_MS });
  }

  /** How long ago PostgreSQL was asked last for what is due, with or without an answer, in ms. */
  get silentMs(): number {
    return performance.now() - this.#checkedAt;
  }

  /** Whether PostgreSQL answered the last time; without it no job runs. */
  get isReady(): boolean {
    return this.#databaseError === undefined;
  }

  get status() {
    return {
      running: this.#runner.running,
      redis: this.#queue.redis,
      database: this.isReady ? 'here' : 'away',
      reader: this.#reader,
      canary: this.#canaries.report ?? 'unknown',
    };
  }

  get facts(): JobsFacts {
    return {
      report: this.#canaries.report,
      isCanaryOverdue: this.#canaries.isOverdue(performance.now()),
      findings: this.#findings.findings,
      isDatabaseHere: this.isReady,
      isRedisHere: this.#queue.redis === 'here',
    };
  }

  /** Works until `signal` aborts, then lets the runs under way come to their end, or interrupts them after 5 s. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      checkForOverdueRuns(
        {
          pool: this.#pool,
          jobs: this.#jobs,
          runner: this.#runner,
          everyMs: this.#settings.JOBS_CHECK_EVERY_MS,
          saveEveryMs: SAVE_EVERY_MS,
          overdueAfterMs: this.#settings.JOBS_OVERDUE_AFTER_MS,
          onCheck: (error) => this.#checked(error),
        },
        signal,
      ),
      this.#canaries.run(signal),
      this.#findings.run(signal),
      this.#readCanaries(signal),
      aborted(signal).then(() => this.#runner.stop(STOP_GRACE_MS)),
    ]);
  }

  async close(): Promise<void> {
    await this.#queue.close();
    await this.#pool.end();
  }

  #checked(error: unknown): void {
    this.#databaseError = error;
    this.#checkedAt = performance.now();
    this.#sayDatabase(error);
  }

  #readCanaries(signal: AbortSignal): Promise<void> {
    return readCanaries(
      {
        kafka: this.#kafka,
        topic: canaryTopic.name,
        group: CANARY_GROUP,
        database: this.#pool,
        onState: (state) => {
          this.#reader = state;
        },
        onSeen: (tookMs) => this.#metrics.canariesSeen(tookMs),
        logger: this.#logger,
      },
      signal,
    );
  }
}

function openPool(connectionString: string, logger: Logger): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: DATABASE_CONNECTIONS,
    application_name: 'jobs',
    connectionTimeoutMillis: 5_000,
    // A database that hangs answers nothing: then the connection is given up, and the check says so.
    statement_timeout: 25_000,
    query_timeout: 30_000,
    keepAlive: true,
  });
  // The query that needed the connection fails by itself; an idle one is simply replaced.
  pool.on('error', (error) => logger.debug({ err: error }, 'an idle database connection broke'));
  return pool;
}
