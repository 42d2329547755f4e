import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** An address that stays while the server behind it changes, as a load balancer's or a DNS name does in a failover. */
export interface MovingAddress extends AsyncDisposable {
  readonly port: number;
  /** Resets every connection; new ones lead to `port` from now on. */
  moveTo(port: number): void;
}

export async function movingAddress(first: number): Promise<MovingAddress> {
  let target = first;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
      socket.on('error', () => socket.destroy());
    }
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: address.port,
    moveTo(port) {
      target = port;
      cut();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      cut();
    },
  };
}
