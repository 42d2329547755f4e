import { describe, expect, test } from 'vitest';
import type { JobRun } from './jobs.sql.ts';
import { bar, runLine } from './run-as-text.ts';

const run: JobRun = {
  run: '12',
  job: 'expire-keys',
  cause: 'schedule',
  requestedBy: null,
  reason: null,
  dueAt: new Date(0),
  state: 'running',
  attempts: 1,
  nextAttemptAt: null,
  worker: 'host/1',
  startedAt: new Date(0),
  finishedAt: null,
  tookMs: null,
  done: null,
  total: null,
  result: null,
  errorCode: null,
  error: null,
};

describe('a run as a line', () => {
  test.each<[Partial<JobRun>, string]>([
    [{ state: 'waiting' }, 'waits for the service of the jobs to begin it'],
    [{}, 'running on host/1'],
    [{ done: 300 }, '300 so far'],
    [{ done: 300, total: 1_200 }, '██████░░░░░░░░░░░░░░░░░░  300 of 1,200'],
    [{ state: 'done', tookMs: 1_234, result: { deleted: 7, dropped: [] } }, 'done in 1 s: deleted 7'],
    [
      { state: 'repeating', nextAttemptAt: new Date(0), error: 'no disk', errorCode: '53100' },
      'failed once, again at 1970-01-01T00:00:00.000Z: no disk (53100)',
    ],
    [
      { state: 'failed', attempts: 5, error: 'a\u001b[2Jb', errorCode: 'X' },
      'failed after 5 attempts: a\\u001b[2Jb (X)',
    ],
  ])('says for %o: %s', (change, text) => {
    expect(runLine({ ...run, ...change })).toBe(`expire-keys (run 12)  ${text}`);
  });

  test('has a bar that is never longer than it may be', () => {
    expect([0, 0.5, 1, 1.5, -1].map((share) => bar(share).replaceAll('░', '').length)).toEqual([
      0, 12, 24, 24, 0,
    ]);
    expect(new Set([0, 0.31, 1, 2].map((share) => bar(share).length))).toEqual(new Set([24]));
  });
});
