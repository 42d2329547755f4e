import { type Queryable, readReplays, type ReplayState } from '@waybill/outbox/operations';
import { wait } from '@waybill/retry';
import type { Progress } from '../display/progress.ts';

const lookEveryMs = 250;

/** Until none is under way any more, or `signal` aborts; the replays go on then. */
export async function followReplays(
  database: Queryable,
  ids: readonly bigint[],
  events: number,
  signal: AbortSignal,
  progress: Progress,
): Promise<readonly ReplayState[]> {
  let replays = await readReplays(database, ids);
  while (replays.some(({ state }) => state === 'under way') && !signal.aborted) {
    await progress.show(`${sentOf(replays)} of ${events} events`);
    await wait(lookEveryMs, signal);
    replays = await readReplays(database, ids);
  }
  await progress.show(`${sentOf(replays)} of ${events} events`);
  await progress.end();
  return replays;
}

function sentOf(replays: readonly ReplayState[]): bigint {
  return replays.reduce((sum, { sent }) => sum + sent, 0n);
}
