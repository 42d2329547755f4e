import { createHash, pbkdf2Sync, randomBytes } from 'node:crypto';
import { alterUserScramCredentialsV0, Connection } from '@platformatic/kafka';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, type LocalServer, startKafka } from '../../../infra/local/index.ts';
import { temporaryFolder } from '../../../test/servers/temporary-folder.ts';
import { clients, openPublisher } from './clients.fixture.ts';
import { ensureTopics } from './ensure-topics.ts';
import { uniqueName } from './other-client.fixture.ts';
import { readTopic } from './read-topic.ts';
import type { KafkaSettings, SaslCredentials } from './settings.ts';
import { silentLog } from './silent-log.fixture.ts';

const passwords = { admin: 'admin-password', relay: 'relay-password' };
const limit = { timeout: 20_000 };

const scrams = [
  {
    mechanism: 'scram-sha-256',
    spoken: 'SCRAM-SHA-256',
    number: 1,
    hash: 'sha256',
    unspoken: 'scram-sha-512',
  },
  {
    mechanism: 'scram-sha-512',
    spoken: 'SCRAM-SHA-512',
    number: 2,
    hash: 'sha512',
    unspoken: 'scram-sha-256',
  },
] as const;
type Scram = (typeof scrams)[number];

describe.each(scrams)('a broker that asks who one is, and speaks $spoken', (scram) => {
  const folder = temporaryFolder();
  const access = { users: passwords, scram: scram.spoken };
  let kafka: LocalServer;
  beforeAll(async () => {
    kafka = await startKafka({
      dataDir: `${folder.path}/kafka`,
      port: await freePort(),
      progress: () => {},
      access,
    });
  });
  afterAll(async () => {
    await kafka.stop();
    await folder[Symbol.asyncDispose]();
  });

  function settingsOf(
    username: keyof typeof passwords,
    password: string = passwords[username],
    mechanism: SaslCredentials['mechanism'] = 'plain',
  ): KafkaSettings {
    const sasl = { mechanism, username, password } as const;
    return { brokers: [kafka.url], clientId: 'login-test', requestTimeoutMs: 5_000, sasl };
  }

  async function createTopic(): Promise<string> {
    const name = uniqueName();
    await ensureTopics(settingsOf('admin'), [{ name, partitions: 1, config: {} }], silentLog);
    return name;
  }

  const batch = (topic: string) => ({
    topic,
    partition: 0,
    messages: [{ key: 'k', value: 'v', headers: {} }],
  });

  test.each(clients)('%s publishes as who it says it is', async (client) => {
    const topic = await createTopic();
    await using publisher = openPublisher(client, settingsOf('admin'));

    await publisher.probe(topic);
    await expect(publisher.publish(batch(topic))).resolves.toEqual({ baseOffset: 0n });
    expect(await readFirst(settingsOf('admin'), topic)).toBe('v');
  });

  test.each(clients)('%s logs in by SCRAM, which shows the password to nobody', async (client) => {
    const topic = await createTopic();
    await addScramUser(settingsOf('admin'), scram, 'admin', 'its-scram-password');
    await using publisher = openPublisher(client, settingsOf('admin', 'its-scram-password', scram.mechanism));
    await using wrong = openPublisher(client, settingsOf('admin', 'a-wrong-password', scram.mechanism));

    await expect
      .poll(() => publisher.publish(batch(topic)).then(({ baseOffset }) => baseOffset, String), limit)
      .toBe(0n);
    expect(await failureOf(wrong.publish(batch(topic)))).toMatchObject({
      code: 'SASL_AUTHENTICATION_FAILED',
    });
  });

  test.each(clients)('%s is told why it is not let in, and never shows its password', async (client) => {
    const topic = await createTopic();
    const lines: string[] = [];
    const write = (fields: object, message: string): void => {
      lines.push(`${message} ${JSON.stringify(fields)}`);
    };
    const log = { debug: write, info: write, warn: write };
    await using publisher = openPublisher(client, settingsOf('relay', 'a-wrong-password'), log);
    await using unspoken = openPublisher(
      client,
      settingsOf('relay', 'a-wrong-password', scram.unspoken),
      log,
    );

    for (let attempt = 0; attempt < 2; attempt += 1) {
      const refused = await failureOf(publisher.publish(batch(topic)));
      expect(refused).toMatchObject({ code: 'SASL_AUTHENTICATION_FAILED', reach: 'answered' });
      lines.push(String(refused), JSON.stringify(refused));
    }
    expect(await failureOf(publisher.probe(topic))).toMatchObject({ code: 'SASL_AUTHENTICATION_FAILED' });
    expect(await failureOf(unspoken.publish(batch(topic)))).toMatchObject({
      code: 'UNSUPPORTED_SASL_MECHANISM',
      reach: 'answered',
    });

    expect(lines.join('\n')).not.toContain('a-wrong-password');
  });

  test.each(clients)('%s publishes once it is allowed to, without being opened anew', async (client) => {
    const topic = await createTopic();
    await using publisher = openPublisher(client, settingsOf('relay'));
    const refused = { code: 'TOPIC_AUTHORIZATION_FAILED', reach: 'answered' };
    expect(await failureOf(publisher.publish(batch(topic)))).toMatchObject(refused);
    expect(await failureOf(publisher.probe(topic))).toMatchObject(refused);

    await allowWriting(settingsOf('admin'), topic, 'relay');

    await expect
      .poll(() => publisher.publish(batch(topic)).then(({ baseOffset }) => baseOffset, String), limit)
      .toBe(0n);
  });

  test.each(clients)('%s recovers when the broker comes back after it was gone', async (client) => {
    const topic = await createTopic();
    await using publisher = openPublisher(client, settingsOf('admin'));
    await publisher.publish(batch(topic));
    const { port } = kafka;
    await kafka.stop();
    expect(await failureOf(publisher.publish(batch(topic)))).toMatchObject({ reach: 'unreachable' });

    kafka = await startKafka({
      dataDir: `${folder.path}/kafka`,
      port,
      progress: () => {},
      access,
    });

    await expect(publisher.publish(batch(topic))).resolves.toEqual({ baseOffset: 1n });
  });
});

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'none',
    (error: unknown) => error,
  );
}

/** The value of the first message. */
async function readFirst(settings: KafkaSettings, topic: string): Promise<string | undefined> {
  const enough = new AbortController();
  let value: string | undefined;
  await readTopic({
    settings,
    topic,
    from: 'beginning',
    onReady: () => {},
    onMessage: async (_partition, message) => {
      value ??= message.value;
      enough.abort();
    },
    signal: AbortSignal.any([enough.signal, AbortSignal.timeout(20_000)]),
    logger: silentLog,
  });
  return value;
}

/** RFC 5802: the broker keeps what the password becomes, never the password. */
async function addScramUser(
  { brokers, sasl }: KafkaSettings,
  { number, hash }: Scram,
  name: string,
  password: string,
): Promise<void> {
  const { username = '', password: adminPassword = '' } = sasl ?? {};
  const [host = '', port] = brokers[0]?.split(':') ?? [];
  const connection = new Connection('test', {
    sasl: { mechanism: 'PLAIN', username, password: adminPassword },
  });
  await connection.connect(host, Number(port));
  const salt = randomBytes(16);
  const iterations = 4_096;
  const saltedPassword = pbkdf2Sync(password, salt, iterations, createHash(hash).digest().length, hash);
  try {
    await alterUserScramCredentialsV0.api.async(
      connection,
      [],
      [{ name, mechanism: number, iterations, salt, saltedPassword }],
    );
  } finally {
    await connection.close();
  }
}

async function allowWriting({ brokers, sasl }: KafkaSettings, topic: string, user: string): Promise<void> {
  const { username = '', password = '' } = sasl ?? {};
  const client = new kafkajs.Kafka({
    brokers: [...brokers],
    sasl: { mechanism: 'plain', username, password },
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const admin = client.admin();
  await admin.connect();
  try {
    await admin.createAcls({
      acl: [
        {
          resourceType: kafkajs.AclResourceTypes.TOPIC,
          resourceName: topic,
          resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
          principal: `User:${user}`,
          host: '*',
          operation: kafkajs.AclOperationTypes.WRITE,
          permissionType: kafkajs.AclPermissionTypes.ALLOW,
        },
      ],
    });
  } finally {
    await admin.disconnect();
  }
}
