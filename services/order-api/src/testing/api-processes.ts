import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { freePort, type LocalServer } from '../../../../infra/local/index.ts';
import { serviceStarter } from '../../../../test/servers/service-process.ts';
import { type Answer, type Call, publicUrl, tokenMint, type TokenMint } from './order-api.ts';

/** The service as a process, the way it is deployed. */
export interface ApiProcess {
  readonly server: LocalServer;
  readonly url: string;
  call(call: Call): Promise<Answer>;
  readonly token: TokenMint['token'];
}

export interface ApiProcesses extends AsyncDisposable {
  readonly all: readonly ApiProcess[];
}

/**
 * Resolves when all are ready. One token is good for each of them.
 *
 * @param folder takes the keys and the logs
 */
export async function startApiProcesses(
  count: number,
  folder: string,
  env: { readonly DATABASE_URL: string; readonly REDIS_URL: string } & Readonly<Record<string, string>>,
): Promise<ApiProcesses> {
  await using stack = new AsyncDisposableStack();
  const mint = await tokenMint();
  const jwks = path.join(folder, 'jwks.json');
  writeFileSync(jwks, JSON.stringify(mint.jwks));
  const start = serviceStarter(folder);
  const all = await Promise.all(
    Array.from({ length: count }, async (): Promise<ApiProcess> => {
      const port = await freePort();
      const server = await start('order-api', {
        PORT: String(port),
        PUBLIC_URL: publicUrl,
        JWKS_URL: pathToFileURL(jwks).href,
        JWT_ISSUER: mint.issuer,
        JWT_AUDIENCE: mint.audience,
        RATE_LIMIT_PER_MINUTE: '0',
        LOG_LEVEL: 'warn',
        ...env,
      });
      stack.defer(() => server.stop());
      const url = `http://127.0.0.1:${port}`;
      return {
        server,
        url,
        call: (call: Call) => callByHttp(url, call),
        token: (wishes) => mint.token(wishes),
      };
    }),
  );
  const opened = stack.move();
  return { all, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function callByHttp(url: string, { method, path: at, body, headers, token }: Call): Promise<Answer> {
  const answer = await fetch(`${url}${at}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    text,
    json: () => JSON.parse(text),
  };
}
