import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, type LocalServer, startKafka } from '../../../infra/local/index.ts';
import { temporaryFolder } from '../../../test/servers/temporary-folder.ts';
import { clients, openPublisher } from './clients.fixture.ts';
import { ensureTopics } from './ensure-topics.ts';
import { uniqueName } from './other-client.fixture.ts';
import { silentLog } from './silent-log.fixture.ts';

const password = 'only-for-this-test';

/** A certificate for 127.0.0.1 that vouches for itself, by the tool that comes with Java. */
function makeCertificate(folder: string): { pfx: Buffer; ca: string } {
  const store = join(folder, 'broker.p12');
  const keytool = (...args: string[]) =>
    execFileSync('keytool', [...args, '-keystore', store, '-storepass', password, '-alias', 'broker'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const kind = ['-storetype', 'PKCS12', '-keyalg', 'RSA', '-validity', '2'];
  keytool('-genkeypair', ...kind, '-dname', 'CN=broker', '-ext', 'san=ip:127.0.0.1');
  return { pfx: readFileSync(store), ca: keytool('-exportcert', '-rfc') };
}

/** Takes encrypted connections and hands what is in them to `port`. */
async function startTlsEnd(port: number, pfx: Buffer) {
  const sockets = new Set<TLSSocket>();
  const server = createServer({ pfx, passphrase: password }, (client) => {
    const upstream = connect(port, '127.0.0.1');
    sockets.add(client);
    const drop = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.once('close', drop).on('error', drop);
    client.pipe(upstream);
    upstream.pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on no port');
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('a broker behind TLS', () => {
  const folder = temporaryFolder();
  const running = new AsyncDisposableStack();
  let kafka: LocalServer;
  let brokers: string[];
  let ca: string;
  beforeAll(async () => {
    running.use(folder);
    const certificate = makeCertificate(folder.path);
    ({ ca } = certificate);
    const port = await freePort();
    const end = running.use(await startTlsEnd(port, certificate.pfx));
    kafka = await startKafka({
      dataDir: join(folder.path, 'kafka'),
      port,
      progress: () => {},
      access: { advertisedPort: end.port },
    });
    running.defer(() => kafka.stop());
    brokers = [`127.0.0.1:${end.port}`];
  });
  afterAll(() => running.disposeAsync());

  test.each(clients)('%s publishes over it, if somebody vouches for the broker', async (client) => {
    const topic = uniqueName();
    const settings = { brokers, clientId: 'tls-test', requestTimeoutMs: 5_000, tls: { ca } };
    await ensureTopics(settings, [{ name: topic, partitions: 1, config: {} }], silentLog);
    const batch = { topic, partition: 0, messages: [{ key: 'k', value: 'v', headers: {} }] };
    await using publisher = openPublisher(client, settings);
    await using mistrustful = openPublisher(client, { ...settings, tls: {} });

    await publisher.probe(topic);
    await expect(publisher.publish(batch)).resolves.toEqual({ baseOffset: 0n });
    await expect(mistrustful.publish(batch)).rejects.toMatchObject({
      reach: 'unreachable',
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
  });
});
