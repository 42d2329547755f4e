import { expect, inject, it } from 'vitest';
import { openOrderApi } from '../../services/order-api/src/app.ts';
import { aProduct, aUser } from '../../services/order-api/src/testing/examples.ts';
import { groups, silent, tokenMint } from '../../services/order-api/src/testing/order-api.ts';
import { openOrderDatabase } from '../../services/order-api/src/testing/order-database.ts';
import '../servers/provided.ts';
import { fuzz } from './schemathesis.ts';

/** The ids that the document's examples name, so that some made-up requests meet something. */
const user = aUser({ id: '0198c0de-0000-7000-8000-000000000001' });
const product = aProduct({ id: '0198c0de-0000-7000-8000-000000000101', stock: 1_000_000 });

it('the order API keeps its contract, whatever it is sent', { timeout: 900_000 }, async () => {
  await using database = await openOrderDatabase();
  await database.transactions.write(async ({ users, products }) => {
    users.add(user);
    products.add(product);
  });
  const mint = await tokenMint();
  await using api = await openOrderApi({
    ...database.settings,
    ...mint,
    redisUrl: inject('servers').redisUrl,
    publicUrl: 'https://orders.example',
    groups,
    logger: silent,
    signal: new AbortController().signal,
  });
  const url = await api.http.listen({ host: '127.0.0.1', port: 0 });
  const token = await mint.token({ subject: user.id, expiresIn: 3_600 });
  const { passed, report } = await fuzz(url, token, Number(process.env['FUZZ_EXAMPLES'] ?? 50));
  process.stdout.write(report);
  expect(passed).toBe(true);
});
