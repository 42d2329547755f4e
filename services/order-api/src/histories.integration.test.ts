import fc from 'fast-check';
import { expect, it } from 'vitest';
import { histories } from './testing/histories.ts';
import { oneMoreInstance } from './testing/instances.ts';
import { composeOrderApi } from './testing/order-api.ts';
import { openOrderDatabase } from './testing/order-database.ts';
import { flawsOf } from './testing/play-history.ts';

it('whatever clients do at two instances: nothing oversold, no version without its event, one deed a key', async () => {
  await using database = await openOrderDatabase();
  await using other = await oneMoreInstance(database);
  const instances = [
    await composeOrderApi(database, {}),
    await composeOrderApi(database, { transactions: other.transactions }),
  ];
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      expect(await flawsOf(history, database, instances)).toEqual([]);
    }),
    { numRuns: 8, endOnFailure: true },
  );
  await Promise.all(instances.map(({ http }) => http.close()));
});
