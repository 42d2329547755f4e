import { createServer } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../../../../infra/local/index.ts';
import { createOrderDatabase } from '../../../../test/servers/databases.ts';
import { parsed, run } from '../command-line/run.fixture.ts';

/** An order API that makes products and buyers and takes no order. */
async function takesNoOrder(): Promise<AsyncDisposable & { readonly url: string }> {
  const port = await freePort();
  let made = 0;
  const server = createServer(({ url, method }, response) => {
    const isOrder = url?.startsWith('/v1/orders') === true;
    const problem = { type: 'about:blank', title: 'Conflict', status: 409, code: 'CONFLICT', detail: 'no' };
    made += 1;
    response.writeHead(isOrder ? 409 : method === 'POST' ? 201 : 200, {
      'content-type': isOrder ? 'application/problem+json' : 'application/json',
    });
    response.end(JSON.stringify(isOrder ? problem : { id: `id-${made}`, items: [] }));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

test('waybill demo --json writes nothing but an error on standard error', async () => {
  await using stack = new AsyncDisposableStack();
  const api = stack.use(await takesNoOrder());
  const database = stack.use(await createOrderDatabase());
  const folder = await mkdtemp(path.join(tmpdir(), 'waybill-demo-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const tokenFile = path.join(folder, 'token');
  await writeFile(tokenFile, 'a.b.c');
  const environment = {
    WAYBILL_API_URL: api.url,
    WAYBILL_DATABASE_URL: database.urlFor('waybill_ops'),
    WAYBILL_SALES_DATABASE_URL: database.urlFor('waybill_ops'),
    WAYBILL_TOKEN_FILE: tokenFile,
  };
  const outcome = await run(['demo', '--orders', '3', '--json'], { environment });
  expect(outcome).toMatchObject({ exitCode: 1, out: '' });
  expect(parsed({ out: outcome.err })).toEqual([
    { error: { code: 'FAILED', message: expect.stringMatching(/^An order was not placed: /) } },
  ]);
  const text = await run(['demo', '--orders', '3'], { environment });
  expect(text.out).toMatch(/^Placing 3 orders of 3 buyers /);
});
