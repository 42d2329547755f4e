import { pino } from 'pino';
import { expect, it } from 'vitest';
import { newId } from '../testing/examples.ts';
import { unobserved } from '../observability/observability.ts';
import { composeHttpOver, storesThat, tokenMint } from '../testing/order-api.ts';
import { noGroupObserver } from '../use-cases/group-queue.ts';
import { StorageError } from '../use-cases/storage-error.ts';

const mint = await tokenMint();

it('orders that failed together are one line in the log, which says how many and of which requests', async () => {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ level: 'error' }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const others = Promise.withResolvers<void>();
  let goneAhead = 0;
  const began = (size: number) => {
    goneAhead += size;
  };
  const changed = (waiting: number) => {
    if (goneAhead + waiting >= 23) others.resolve();
  };
  const fail = async (): Promise<never> => {
    await others.promise;
    throw new StorageError({ sqlState: '53300' });
  };
  await using http = await composeHttpOver(mint, {
    ...storesThat(fail),
    observability: { ...unobserved, groups: { ...noGroupObserver, began, changed } },
    logger,
  });
  const authorization = `Bearer ${await mint.token()}`;
  const order = { user_id: newId(), items: [{ product_id: newId(), quantity: 1 }] };
  const post = (url: string, id: string, payload: object) =>
    http.inject({
      method: 'POST',
      url,
      headers: { authorization, 'idempotency-key': newId(), 'x-request-id': id },
      payload,
    });
  const ids = Array.from({ length: 20 }, (_, n) => `request-${n}`);
  const answers = await Promise.all([
    ...ids.map((id) => post('/v1/orders', id, order)),
    post('/v1/orders/batch', 'the-batch', { orders: [order, order, order] }),
  ]);
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([503]));

  // Whoever comes first goes alone, the others together.
  expect(new Set(lines.map(({ msg }) => msg))).toEqual(new Set(['orders failed']));
  expect(lines.length).toBe(2);
  expect(lines.reduce((sum, line) => sum + Number(line['orders']), 0)).toBe(23);
  const requests = lines.flatMap((line) => line['requests']);
  expect(requests).toHaveLength(21);
  expect(new Set(requests)).toEqual(new Set([...ids, 'the-batch']));
  expect(lines[0]?.['err']).toMatchObject({ sqlState: '53300' });
});
