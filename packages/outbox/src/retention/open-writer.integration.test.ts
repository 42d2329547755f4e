import { expect, it } from 'vitest';
import { createOldDays, partitionOfDay } from './old-days.fixture.ts';
import { insertWaitsBesideOpenWriter } from './open-writer.fixture.ts';

it('given a writer that is held open while retention runs: no insert waits for it', async () => {
  await using days = await createOldDays();
  await days.makeDay(9);
  const held = await insertWaitsBesideOpenWriter(days, 3_000);
  expect(held.rounds).toBeGreaterThan(5);
  // 200 ms is the promise; a machine that does other things besides gets some more.
  expect(held.longestMs).toBeLessThan(1_000);
  expect(held.dropped).toEqual([partitionOfDay('outbox_progress', 9)]);
  expect(held.afterwards.dropped).toEqual([partitionOfDay('outbox', 9)]);
});
