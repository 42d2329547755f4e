import { connect } from 'node:net';
import { Redis } from 'ioredis';

/**
 * The process id of the Redis at 127.0.0.1:`port`, once it serves commands (RESP, `INFO server`; while it loads its
 * data it answers -LOADING to PING).
 *
 * @throws Error when nobody answers within 2 s
 */
export async function redisProcessId(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setTimeout(2_000, () => socket.destroy(new Error('no answer within 2 s')));
    socket.once('error', reject);
    socket.once('close', () => resolve(readPid(answer)));
    socket.on('data', (chunk) => {
      answer += chunk.toString('utf8');
    });
    socket.write('PING\r\nINFO server\r\nQUIT\r\n');
  });
}

function readPid(answer: string): number | undefined {
  if (!answer.startsWith('+PONG\r\n')) return undefined;
  const pid = /^process_id:(\d+)\r$/m.exec(answer)?.[1];
  return pid === undefined ? undefined : Number(pid);
}

/**
 * PING, by a client that speaks TLS and passwords too.
 *
 * @throws Error when nobody answers within 5 s
 */
export async function pingRedis(url: string): Promise<void> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5_000,
    commandTimeout: 5_000,
    retryStrategy: null,
  });
  client.on('error', () => {}); // the failed command carries it
  try {
    await client.ping();
  } finally {
    client.disconnect();
  }
}
