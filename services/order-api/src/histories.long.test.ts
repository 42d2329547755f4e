import fc from 'fast-check';
import { expect, inject, it } from 'vitest';
import '../../../test/servers/provided.ts';
import { temporaryFolder } from '../../../test/servers/temporary-folder.ts';
import { startApiProcesses } from './testing/api-processes.ts';
import { histories } from './testing/histories.ts';
import { openOrderDatabase } from './testing/order-database.ts';
import { flawsOf } from './testing/play-history.ts';

it('whatever clients do at two processes, often: nothing oversold, no version without its event, one deed a key', async () => {
  await using folder = temporaryFolder();
  await using database = await openOrderDatabase();
  await using processes = await startApiProcesses(2, folder.path, {
    DATABASE_URL: database.settings.databaseUrl,
    REDIS_URL: inject('servers').redisUrl,
  });
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      expect(await flawsOf(history, database, processes.all)).toEqual([]);
    }),
    { numRuns: 400 },
  );
});
