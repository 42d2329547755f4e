import path from 'node:path';
import { freePort, type LocalServer, startKafka } from '../../infra/local/index.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** A broker that is reached through a proxy, by everybody: it tells clients the proxy's port. */
export interface ProxiedKafka extends AsyncDisposable {
  readonly proxy: TcpProxy;
  readonly brokers: readonly string[];
  readonly server: LocalServer;
}

export async function startProxiedKafka(): Promise<ProxiedKafka> {
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(temporaryFolder());
  const port = await freePort();
  const proxy = starting.use(await startTcpProxy({ target: `127.0.0.1:${port}`, speaks: 'kafka' }));
  const server = starting.use(
    await startKafka({
      dataDir: path.join(folder.path, 'kafka'),
      port,
      progress: () => undefined,
      access: { advertisedPort: proxy.port },
    }),
  );
  const running = starting.move();
  return { proxy, brokers: [proxy.url], server, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
