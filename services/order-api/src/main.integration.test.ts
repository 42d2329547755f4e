import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { exportJWK, generateKeyPair } from 'jose';
import { expect, inject, it, vi } from 'vitest';
import { freePort } from '../../../infra/local/index.ts';
import { createOrderDatabase } from '../../../test/servers/databases.ts';
import '../../../test/servers/provided.ts';
import { temporaryFolder } from '../../../test/servers/temporary-folder.ts';

/** The service as a process, the way it is deployed. */
async function startService(folder: string, databaseUrl: string) {
  const [port, managementPort] = [await freePort(), await freePort()];
  const jwks = path.join(folder, 'jwks.json');
  const { publicKey } = await generateKeyPair('ES256');
  writeFileSync(
    jwks,
    JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'a', alg: 'ES256' }] }),
  );
  const child: ChildProcess = spawn(
    process.execPath,
    [fileURLToPath(new URL('./main.ts', import.meta.url))],
    {
      env: {
        WAYBILL_ENV: 'production',
        LOG_LEVEL: 'warn',
        DATABASE_URL: databaseUrl,
        REDIS_URL: inject('servers').redisUrl,
        PUBLIC_URL: 'https://orders.example',
        JWKS_URL: pathToFileURL(jwks).href,
        JWT_ISSUER: 'us',
        JWT_AUDIENCE: 'waybill',
        PORT: String(port),
        MANAGEMENT_PORT: String(managementPort),
      },
      stdio: 'inherit',
    },
  );
  const exited = once(child, 'exit');
  return {
    port,
    exited,
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    readiness: async () => {
      const answer = await fetch(`http://127.0.0.1:${managementPort}/readyz`);
      return { code: answer.status, body: await answer.json() };
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

it('is no longer ready while it closes, and answers what is under way', async () => {
  await using folder = temporaryFolder();
  await using database = await createOrderDatabase();
  await using service = await startService(folder.path, database.urlFor('waybill_api'));
  const limit = { timeout: 30_000, interval: 20 };
  await vi.waitFor(async () => expect(await service.readiness()).toMatchObject({ code: 200 }), limit);

  // A request whose body is still to come keeps the service from closing.
  const request = connect(service.port, '127.0.0.1');
  let answer = '';
  request.on('data', (chunk) => {
    answer += String(chunk);
  });
  const head = ['POST /nowhere HTTP/1.1', 'host: a', 'content-type: application/json', 'content-length: 2'];
  request.write(`${[...head, 'expect: 100-continue'].join('\r\n')}\r\n\r\n`);
  await vi.waitFor(() => expect(answer).toBe('HTTP/1.1 100 Continue\r\n\r\n'), limit);
  service.signal('SIGTERM');
  const closing = { code: 503, body: { status: 'unavailable', reason: 'closing' } };
  await vi.waitFor(async () => expect(await service.readiness()).toEqual(closing), limit);
  request.write('{}');
  expect(await service.exited).toEqual([0, null]);
  expect(answer).toMatch(/\r\n\r\nHTTP\/1.1 404/);
});
