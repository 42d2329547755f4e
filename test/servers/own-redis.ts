import path from 'node:path';
import { freePort, type LocalServer, startRedis } from '../../infra/local/index.ts';

/** A Redis that nobody else hears, for a test that empties, freezes or kills it. @param folder takes its data */
export async function startOwnRedis(folder: string): Promise<LocalServer> {
  return await startRedis({
    dataDir: path.join(folder, 'redis'),
    port: await freePort(),
    progress: () => undefined,
  });
}
