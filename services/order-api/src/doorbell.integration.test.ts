import { once } from 'node:events';
import { lanesOfDoorbellMessage } from '@waybill/outbox/relay';
import { Redis } from 'ioredis';
import pg from 'pg';
import { type Logger, pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import { freePort } from '../../../infra/local/index.ts';
import { createOrderDatabase } from '../../../test/servers/databases.ts';
import { startOwnRedis } from '../../../test/servers/own-redis.ts';
import { temporaryFolder } from '../../../test/servers/temporary-folder.ts';
import { openOrderApi } from './app.ts';
import { redisDoorbell } from './doorbell.ts';
import { newId } from './testing/examples.ts';
import { groups, publicUrl, tokenMint } from './testing/order-api.ts';
import { poolOf } from './testing/order-database.ts';

const CHANNEL = 'waybill:outbox:doorbell';

/** A logger that remembers its messages. */
function listeningLogger(): { readonly logger: Logger; readonly messages: readonly string[] } {
  const messages: string[] = [];
  const logger = pino(
    { level: 'info' },
    { write: (line: string) => void messages.push(JSON.parse(line).msg) },
  );
  return { logger, messages };
}

const REACHED = 'the doorbell reaches Redis';
const LOST = 'the doorbell does not reach Redis; the relay finds events by polling';

describe('the doorbell', () => {
  it('is heard; many rings at once become few, which name all lanes', async () => {
    // One of its own: any order that another test places would be heard too.
    await using folder = temporaryFolder();
    await using redis = await startOwnRedis(folder.path);
    const { logger, messages } = listeningLogger();
    const listener = new Redis(redis.url);
    const heard: string[] = [];
    await listener.subscribe(CHANNEL);
    listener.on('message', (_channel, message) => heard.push(message));
    const doorbell = redisDoorbell(redis.url, logger, Math.random);
    await vi.waitFor(() => expect(messages).toEqual([REACHED]), 5_000);

    for (let n = 0; n < 1_000; n += 1) doorbell.ring([n % 3]);
    await vi.waitFor(() => expect(heard).toHaveLength(2), 5_000);
    doorbell.ring([7]);
    await vi.waitFor(() => expect(heard).toHaveLength(3), 5_000);
    expect(heard.map((message) => lanesOfDoorbellMessage(message)?.toSorted())).toEqual([
      [0],
      [0, 1, 2],
      [7],
    ]);
    expect(messages).toEqual([REACHED]);
    doorbell.close();
    listener.disconnect();
  });

  it('without Redis rings in vain, at once and without an error, and says so once', async () => {
    const { logger, messages } = listeningLogger();
    const doorbell = redisDoorbell(`redis://127.0.0.1:${await freePort()}`, logger, () => 0);
    doorbell.ring([1]);
    await vi.waitFor(() => expect(messages).toEqual([LOST]), 5_000);
    for (let n = 0; n < 100; n += 1) doorbell.ring([1]);
    await new Promise((resolve) => setTimeout(resolve, 300)); // several reconnections long
    expect(messages).toEqual([LOST]);
    doorbell.close();
  });

  it('does not wait for a Redis that hangs, and finds it again when it is back', async () => {
    const { logger, messages } = listeningLogger();
    await using folder = temporaryFolder();
    await using redis = await startOwnRedis(folder.path);
    const doorbell = redisDoorbell(redis.url, logger, () => 0);
    await vi.waitFor(() => expect(messages).toEqual([REACHED]), 5_000);

    redis.signal('SIGSTOP');
    const started = performance.now();
    for (let n = 0; n < 100; n += 1) doorbell.ring([1]);
    const ringing = performance.now() - started;
    await vi.waitFor(() => expect(messages).toEqual([REACHED, LOST]), 10_000);
    redis.signal('SIGCONT');
    expect(ringing).toBeLessThan(500); // the hanging Redis costs its limit of 1 s to nobody

    const listener = new Redis(redis.url);
    await once(listener, 'ready');
    let heard = 0;
    await listener.subscribe(CHANNEL);
    listener.on('message', () => (heard += 1));
    await vi.waitFor(() => {
      doorbell.ring([1]);
      expect(heard).toBeGreaterThan(0);
    }, 10_000);
    await vi.waitFor(() => expect(messages).toEqual([REACHED, LOST, REACHED]), 10_000);
    doorbell.close();
    listener.disconnect();
  });
});

it('rings for the lane of an order that is placed or cancelled, and for no other request', async () => {
  await using folder = temporaryFolder();
  await using redis = await startOwnRedis(folder.path);
  await using database = await createOrderDatabase();
  const mint = await tokenMint();
  const { logger, messages } = listeningLogger();
  await using api = await openOrderApi({
    databaseUrl: database.urlFor('waybill_api'),
    pool: poolOf(2),
    statementTimeoutMs: 5_000,
    queryTimeoutMs: 10_000,
    redisUrl: redis.url,
    publicUrl,
    ...mint,
    groups,
    logger,
    signal: new AbortController().signal,
  });
  const listener = new Redis(redis.url);
  const heard: string[] = [];
  await listener.subscribe(CHANNEL);
  listener.on('message', (_channel, message) => heard.push(message));
  await vi.waitFor(() => expect(messages).toContain(REACHED), 5_000);
  const authorization = `Bearer ${await mint.token()}`;
  const post = async (url: string, payload: object, more: Record<string, string> = {}) => {
    const headers = { authorization, 'idempotency-key': newId(), ...more };
    return (await api.http.inject({ method: 'POST', url, headers, payload })).json();
  };

  const user = await post('/v1/users', { email: `${newId()}@example.com`, name: 'Ada' });
  const tea = { sku: newId(), name: 'Tea', price: '1.00', currency: 'EUR', stock: 1 };
  const product = await post('/v1/products', tea);
  const order = { user_id: user.id, items: [{ product_id: product.id, quantity: 1 }] };
  const placed = await post('/v1/orders', order);
  await post('/v1/orders', order); // out of stock
  await vi.waitFor(() => expect(heard).toHaveLength(1), 5_000);
  await post(`/v1/orders/${placed.id}/cancel`, {}, { 'if-match': '"1"' });
  await vi.waitFor(() => expect(heard).toHaveLength(2), 5_000);
  listener.disconnect();
  const admin = new pg.Client({ connectionString: database.urlFor('superuser') });
  await admin.connect();
  const { rows } = await admin.query<{ lane: number }>('select lane from outbox order by seq');
  await admin.end();
  expect(rows.map(({ lane }) => String(lane))).toEqual(heard);
});
