import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { newId } from '../testing/examples.ts';
import { type RunningOrderApi, runOrderApi } from '../testing/order-api.ts';

let api: RunningOrderApi;
let token: string;

beforeAll(async () => {
  api = await runOrderApi();
  token = await api.token();
});
afterAll(() => api[Symbol.asyncDispose]());

/** What one client met, until there was nobody or it got a problem. */
interface Met {
  created: number;
  end: string;
}

it('closing under load answers everything that it has begun, and begins nothing more', async () => {
  const url = await api.http.listen({ host: '127.0.0.1', port: 0 });
  let created = 0;
  const client = async (): Promise<Met> => {
    const met: Met = { created: 0, end: 'hung up' };
    for (;;) {
      try {
        const answer = await fetch(`${url}/v1/users`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ email: `${newId()}@example.com`, name: 'Ada' }),
        });
        const body = await answer.text();
        if (answer.status !== 201) return { ...met, end: body };
        met.created += 1;
        created += 1;
      } catch (error) {
        const cause = error instanceof Error ? error.cause : undefined;
        const code = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
        if (code === 'ECONNREFUSED') return { ...met, end: 'nobody there' };
        // An idle connection that the server closes while the client writes into it: RFC 9112, 9.5.
        if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET' || code === 'EPIPE') return met;
        throw error;
      }
    }
  };
  const clients = Promise.all(Array.from({ length: 32 }, client));
  await vi.waitFor(() => expect(created).toBeGreaterThan(100), { timeout: 20_000, interval: 5 });
  await api.http.close();
  const met = await clients;

  const answered = met.reduce((sum, one) => sum + one.created, 0);
  const { rows } = await api.database.admin.query<{ count: number }>(
    'select count(*)::int as count from users',
  );
  // Everything committed was answered, and nothing else was.
  expect(rows).toEqual([{ count: answered }]);
  const wellEnded = /^(nobody there|hung up|.*\/problems\/service-unavailable.*)$/;
  expect(met.map(({ end }) => end).filter((end) => !wellEnded.test(end))).toEqual([]);
}, 60_000);
