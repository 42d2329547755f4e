import { once } from 'node:events';
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { HttpAppOptions } from '../../app.ts';
import { InMemoryTransactions } from '../../persistence/in-memory/in-memory-transactions.ts';
import { aProduct, aUser, newId } from '../../testing/examples.ts';
import { composeHttpOver, type TokenMint, tokenMint } from '../../testing/order-api.ts';
import { StorageError } from '../../use-cases/storage-error.ts';
import type { Transactions } from '../../use-cases/unit-of-work.ts';
import type { TokenSettings } from '../token-verifier.ts';
import { unprotected } from './protection.ts';

const [ada, tea] = [aUser(), aProduct({ stock: 100 })];
let mint: TokenMint & TokenSettings;
const opened: FastifyInstance[] = [];

beforeAll(async () => {
  mint = await tokenMint();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((http) => http.close()));
});

async function apiWith(
  drainMs: number,
  overrides: Partial<Pick<HttpAppOptions, 'reports' | 'transactions' | 'signal'>> = {},
): Promise<FastifyInstance> {
  const http = await composeHttpOver(mint, {
    transactions: new InMemoryTransactions(),
    protection: { ...unprotected, timeouts: { ...unprotected.timeouts, drainMs } },
    ...overrides,
  });
  opened.push(http);
  return http;
}

const limit = { timeout: 15_000, interval: 10 };

/** What comes until the server hangs up, for a request that is sent as it is. */
async function sent(http: FastifyInstance, request: string) {
  const { port } = new URL(await http.listen({ host: '127.0.0.1', port: 0 }));
  let bytesRead = () => 0;
  http.server.once('connection', (accepted) => {
    bytesRead = () => accepted.bytesRead;
  });
  const socket = connect(Number(port), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += String(chunk);
  });
  const hungUp = once(socket, 'close');
  socket.write(request);
  await vi.waitFor(() => expect(bytesRead()).toBe(request.length), limit);
  return async () => {
    await hungUp;
    return text;
  };
}

describe('at the end of the drain', () => {
  it('a request whose body is still to come is told that nothing was done', async () => {
    const http = await apiWith(100);
    const head = `POST /v1/users HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${await mint.token()}\r\n`;
    const answer = await sent(http, `${head}content-type: application/json\r\ncontent-length: 20\r\n\r\n{`);
    await http.close();
    expect(await answer()).toMatch(/^HTTP\/1.1 503 (?=[^]*retry-after: 1\r)[^]*was not carried out/);
  });

  it('one that still runs is answered, and its work goes on', async () => {
    const report = Promise.withResolvers<readonly never[]>();
    let asked = false;
    const topBuyers = async () => {
      asked = true;
      return report.promise;
    };
    const http = await apiWith(100, { reports: { topBuyers } });
    const head = `GET /v1/reports/top-buyers HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${await mint.token()}`;
    const answer = await sent(http, `${head}\r\n\r\n`);
    await vi.waitFor(() => expect(asked).toBe(true), limit);
    await http.close();
    expect(await answer()).toMatch(/^HTTP\/1.1 503 (?=[^]*retry-after: 1\r)[^]*service-unavailable/);
    report.resolve([]);
  });

  it('a head that never came to its end holds nothing up', async () => {
    const http = await apiWith(100);
    const answer = await sent(http, 'GET /v1/products HTTP/1.1\r\nhost: a\r\n');
    await http.close();
    expect(await answer()).toBe('');
  });
});

describe('an order that runs when the stop comes', () => {
  async function stoppedWhile(drainMs: number, failures: number) {
    const store = new InMemoryTransactions();
    await store.write(async ({ users, products }) => {
      users.add(ada);
      products.add(tea);
    });
    const stop = new AbortController();
    let left = failures;
    const write: Transactions['write'] = async (work) => {
      stop.abort();
      left -= 1;
      if (left >= 0) throw new StorageError({ sqlState: '40P01' });
      return store.write(work);
    };
    const transactions: Transactions = { write, read: (work) => store.read(work) };
    const http = await apiWith(drainMs, { transactions, signal: stop.signal });
    return http.inject({
      method: 'POST',
      url: '/v1/orders',
      headers: {
        authorization: `Bearer ${await mint.token({ subject: ada.id })}`,
        'idempotency-key': newId(),
      },
      payload: { user_id: ada.id, items: [{ product_id: tea.id, quantity: 1 }] },
    });
  }

  it('is tried again after a deadlock', async () => {
    expect((await stoppedWhile(7_000, 2)).statusCode).toBe(201);
  });

  it('is not tried again once the drain has ended', async () => {
    expect((await stoppedWhile(0, 2)).statusCode).toBe(503);
  });
});
