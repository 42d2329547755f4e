import fc from 'fast-check';
import { expect, it } from 'vitest';
import { flawsOf, histories } from './testing/histories.ts';
import { oneMoreInstance } from './testing/instances.ts';
import { openOrderDatabase } from './testing/order-database.ts';

it('whatever clients do at two instances: nothing oversold, no version without its event, one order a key', async () => {
  await using database = await openOrderDatabase();
  await using other = await oneMoreInstance(database);
  const instances = [database.transactions, other.transactions];
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      expect(await flawsOf(history, database, instances)).toEqual([]);
    }),
    { numRuns: 12, endOnFailure: true },
  );
});
