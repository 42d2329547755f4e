import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { freePort, type LocalServer } from '../../../infra/local/index.ts';
import type { StartService } from '../../servers/service-process.ts';
import type { BenchDatabase } from '../relay/databases.ts';

export const POOL_SIZE = 10;

/** Whether orders share units of work. Off, as many are written at once as the pool has connections. */
export type Grouping = 'grouped' | 'one by one';

export interface RunningApi {
  readonly url: string;
  readonly token: string;
  readonly server: LocalServer;
}

export interface ApiStarter {
  start(
    database: BenchDatabase,
    grouping: Grouping,
    env?: Readonly<Record<string, string>>,
  ): Promise<RunningApi>;
}

/** The service's own process, as it is deployed, with a key that the bench signs a token with. */
export async function apiStarter(
  folder: string,
  startService: StartService,
  redisUrl: string,
): Promise<ApiStarter> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwks = path.join(folder, 'jwks.json');
  writeFileSync(
    jwks,
    JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'bench', alg: 'ES256' }] }),
  );
  const token = await new SignJWT({ scope: 'orders:write:any orders:read:any users:read' })
    .setProtectedHeader({ alg: 'ES256', kid: 'bench', typ: 'at+jwt' })
    .setSubject('bench')
    .setIssuer('bench')
    .setAudience('waybill')
    .setExpirationTime('12h')
    .sign(privateKey);
  return {
    async start(database, grouping, env = {}) {
      const port = await freePort();
      const server = await startService('order-api', {
        LOG_LEVEL: 'info',
        DATABASE_URL: database.urlFor('waybill_api'),
        DATABASE_POOL_SIZE: String(POOL_SIZE),
        DATABASE_POOL_MIN: String(POOL_SIZE),
        REDIS_URL: redisUrl,
        PUBLIC_URL: 'http://127.0.0.1:3000',
        JWKS_URL: pathToFileURL(jwks).href,
        JWT_ISSUER: 'bench',
        JWT_AUDIENCE: 'waybill',
        // All the load is one principal's.
        RATE_LIMIT_PER_MINUTE: '0',
        PORT: String(port),
        ...(grouping === 'one by one' && {
          ORDER_GROUP_SIZE: '1',
          ORDER_GROUPS_AT_ONCE: String(POOL_SIZE),
        }),
        ...env,
      });
      return { url: `http://127.0.0.1:${port}`, token, server };
    },
  };
}
