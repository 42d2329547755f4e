import { setTimeout as delay } from 'node:timers/promises';
import type { RetentionOutcome } from './drop-old-days.ts';
import { dropOldDays } from './drop-old-days.ts';
import type { OldDays } from './old-days.fixture.ts';

export interface InsertWaits {
  readonly inserts: number;
  readonly longestMs: number;
  readonly rounds: number;
  /** Of the rounds while the writer was open. */
  readonly dropped: readonly string[];
  /** Of the first round after it had ended. */
  readonly afterwards: RetentionOutcome;
}

/** Holds a writer open for so long while retention runs every few ms, and measures each insert beside them. */
export async function insertWaitsBesideOpenWriter(days: OldDays, forMs: number): Promise<InsertWaits> {
  await using writer = await days.begin();
  await days.write(1, 0, writer.client);
  const until = performance.now() + forMs;
  // Whatever waits for the writer: it ends.
  const ended = delay(forMs + 500).then(() => writer.commit());
  const dropped: string[] = [];
  let rounds = 0;
  const retention = (async () => {
    while (performance.now() < until) {
      dropped.push(...(await dropOldDays(days.relay, 7)).dropped);
      rounds += 1;
      await delay(5);
    }
  })();
  let inserts = 0;
  let longestMs = 0;
  while (performance.now() < until) {
    const from = performance.now();
    await days.write(1, 0);
    longestMs = Math.max(longestMs, performance.now() - from);
    inserts += 1;
    await delay(1);
  }
  await Promise.all([retention, ended]);
  return { inserts, longestMs, rounds, dropped, afterwards: await dropOldDays(days.relay, 7) };
}
