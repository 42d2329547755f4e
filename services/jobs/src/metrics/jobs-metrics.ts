import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CanaryReport } from '../canary/canary-watch.ts';
import { type FinishedRun, runOutcomes } from '../runs/job-runner.ts';

/** From a fast machine's few ms to an outage of five minutes, in seconds. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** What the gauges are read from at each scrape. */
export interface JobsFacts {
  /** Undefined while the database does not answer: then its numbers are absent, not zero. */
  readonly report: CanaryReport | undefined;
  readonly isCanaryOverdue: boolean;
  /** By job; undefined like the report. */
  readonly findings: ReadonlyMap<string, number> | undefined;
  readonly isDatabaseHere: boolean;
  readonly isRedisHere: boolean;
}

const gauges: readonly {
  readonly name: string;
  readonly help: string;
  /** Undefined where there is nothing to say, which is not the same as zero. */
  readonly value: (facts: JobsFacts) => number | undefined;
}[] = [
  {
    name: 'waybill_canary_overdue',
    help: '1 while no canary comes through in time, or nothing can be known of them, else 0.',
    value: ({ isCanaryOverdue }) => Number(isCanaryOverdue),
  },
  {
    name: 'waybill_canary_last_seconds',
    help: 'How long the canary that came through last took through the whole path.',
    value: ({ report }) => inSeconds(report?.sighting.tookMs),
  },
  {
    name: 'waybill_canary_last_seen_age_seconds',
    help: 'How long ago a canary came through.',
    value: ({ report }) => inSeconds(report?.sighting.seenAgoMs),
  },
  {
    name: 'waybill_canary_missing',
    help: 'Canaries of the last days that never came through though later ones did: events were lost.',
    value: ({ report }) => report?.sighting.missing,
  },
  {
    name: 'waybill_jobs_database_up',
    help: '1 while PostgreSQL answers, else 0; without it no job runs.',
    value: ({ isDatabaseHere }) => Number(isDatabaseHere),
  },
  {
    name: 'waybill_jobs_redis_up',
    help: '1 while Redis answers, else 0; without it jobs begin some seconds late.',
    value: ({ isRedisHere }) => Number(isRedisHere),
  },
];

function inSeconds(ms: number | null | undefined): number | undefined {
  return ms === null || ms === undefined ? undefined : ms / 1_000;
}

/** What services/jobs shows at /metrics beside its process. A job is the label `name`: `job` is Prometheus' own. */
export class JobsMetrics {
  readonly #passage: Histogram;
  readonly #runs: Counter<'name' | 'outcome'>;

  /** @param jobs names of those that may run here */
  constructor(registry: Registry, jobs: readonly string[]) {
    const registers = [registry];
    this.#passage = new Histogram({
      name: 'waybill_canary_passage_seconds',
      help: 'From writing a canary to reading it out of Kafka; of those that this process has read.',
      buckets,
      registers,
    });
    this.#runs = new Counter({
      name: 'waybill_jobs_runs_total',
      help: 'Attempts of runs by what they came to: done, again, failed, interrupted, lost.',
      labelNames: ['name', 'outcome'],
      registers,
    });
    // The first failure is an increase only where there was a zero before it.
    for (const name of jobs) for (const outcome of runOutcomes) this.#runs.inc({ name, outcome }, 0);
  }

  canariesSeen(tookMs: readonly number[]): void {
    for (const ms of tookMs) this.#passage.observe(ms / 1_000);
  }

  runEnded({ job, outcome }: FinishedRun): void {
    this.#runs.inc({ name: job, outcome });
  }
}

/** What is read at each scrape, and costs nothing in between. */
export function registerJobsGauges(registry: Registry, factsOf: () => JobsFacts): void {
  for (const { name, help, value } of gauges) {
    const gauge = new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const number = value(factsOf());
        if (number === undefined) gauge.remove();
        else gauge.set(number);
      },
    });
  }
  new Gauge({
    name: 'waybill_jobs_findings',
    help: 'What the last run of the job that was done found for somebody to look at.',
    labelNames: ['name'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [name, findings] of factsOf().findings ?? []) this.set({ name }, findings);
    },
  });
}
