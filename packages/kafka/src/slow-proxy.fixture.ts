import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface SlowProxy extends AsyncDisposable {
  /** `host:port`. */
  readonly url: string;
  /** Clients connected now. */
  clients(): number;
}

/** Forwards to `target`, and holds every answer back for `delayMs`. */
export async function startSlowProxy(target: string, delayMs: number): Promise<SlowProxy> {
  const [host, port] = target.split(':');
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), host);
    clients.add(client);
    const drop = (): void => {
      clients.delete(client);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.once('close', drop).on('error', drop);
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => setTimeout(() => client.write(chunk), delayMs));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy listens on no port');
  return {
    url: `127.0.0.1:${address.port}`,
    clients: () => clients.size,
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
