import type { Logger } from 'pino';
import type { CanaryReport } from './canary/canary-watch.ts';
import type { FinishedRun } from './runs/job-runner.ts';

/** One line per attempt that failed or was interrupted; what goes well is in the table. */
export function logRun(logger: Logger, { job, id, outcome, error, result }: FinishedRun): void {
  const about = { job, run: id };
  if (outcome === 'done') {
    logger.debug({ ...about, result }, 'a run is done');
    const findings = result?.findings ?? [];
    if (findings.length > 0) logger.warn({ ...about, findings }, 'a run found what somebody has to look at');
  } else if (outcome === 'again') logger.warn({ ...about, err: error }, 'a run failed and will be repeated');
  else if (outcome === 'failed') logger.error({ ...about, err: error }, 'a run failed for good');
  else if (outcome === 'interrupted') logger.info(about, 'a run was interrupted; it begins anew elsewhere');
  else logger.warn(about, 'a run was taken over by another process while this one was silent');
}

/** @returns what says once that the database is away, and once that it is back */
export function databaseLog(logger: Logger): (error: unknown) => void {
  let isAway = false;
  return (error) => {
    if (error !== undefined && !isAway) {
      logger.warn({ err: error }, 'PostgreSQL is away; no job runs until it is back');
    }
    if (error === undefined && isAway) logger.info('PostgreSQL is back; the jobs go on');
    isAway = error !== undefined;
  };
}

export function logCanary(logger: Logger, { state, sighting, standsAt }: CanaryReport): void {
  switch (state.kind) {
    case 'ok':
      logger.info({ tookMs: sighting.tookMs }, 'canaries come through');
      return;
    case 'waiting':
      return;
    case 'overdue':
      logger.error({ canary: state.canary, standsAt }, `a canary is overdue: ${whereItStands(standsAt)}`);
      return;
    case 'unwritten':
      logger.error({ writtenAgoMs: sighting.writtenAgoMs }, 'no canary is written: the job does not run');
      return;
  }
}

function whereItStands(state: string | null): string {
  if (state === 'pending') return 'it waits in the outbox, the relay has not published it';
  if (state === 'published') return 'it is in Kafka, the reader has not seen it';
  return state === 'parked' ? 'it was parked' : 'the outbox does not know it';
}
