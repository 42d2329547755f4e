import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createKafkaPublisher, ensureTopics, type KafkaSettings, type Log } from '@waybill/kafka';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { freePort } from '../../../infra/local/index.ts';
import '../../../test/servers/provided.ts';
import { startWaybill } from '../../../test/servers/waybill-command.ts';

const brokers = inject('servers').kafkaBrokers;
const settings: KafkaSettings = { brokers, clientId: 'ops-test', requestTimeoutMs: 5_000 };
const ignore = (): void => {};
const logger: Log = { debug: ignore, info: ignore, warn: ignore };
const publisher = createKafkaPublisher({ settings, logger });
afterAll(() => publisher.close());

const limit = { timeout: 20_000 };

async function topicWith(...values: string[]): Promise<string> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  await ensureTopics(settings, [{ name, partitions: 2, config: {} }], logger);
  if (values.length > 0) await publish(name, ...values);
  return name;
}

async function publish(topic: string, ...values: string[]): Promise<void> {
  const messages = values.map((value) => ({
    key: value,
    value: `{"n":"${value}"}`,
    headers: { ce_id: value, 'content-type': 'application/json' },
  }));
  await publisher.publish({ topic, partition: 1, messages });
}

/** Told of this run's Kafka and of nothing else. */
function waybill(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { ended, ...command } = startWaybill(args, { KAFKA_BROKERS: brokers.join(','), ...env });
  return { ...command, ended: ended.then(({ code }) => code) };
}

describe('waybill tail', () => {
  test('--json prints one object per line and nothing else', async () => {
    const topic = await topicWith('a', 'b', 'c');

    const { output, ended } = waybill(['tail', topic, '--from-beginning', '--json', '--max', '2']);

    expect(await ended).toBe(0);
    expect(output.err).toBe('');
    const lines: unknown[] = output.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual(
      ['a', 'b'].map((value, offset) => ({
        topic,
        partition: 1,
        offset,
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        key: value,
        headers: { ce_id: value, 'content-type': 'application/json' },
        value: `{"n":"${value}"}`,
      })),
    );
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'prints what arrives, as it arrives, until %s, then exits 0',
    async (signal) => {
      const topic = await topicWith('old');
      const command = waybill(['tail', topic]);
      const { output, ended } = command;
      await expect.poll(() => output.err, limit).toContain(`Waiting for events on ${topic}`);

      await publish(topic, 'new');
      await expect.poll(() => output.out, limit).toContain('"n": "new"');
      await publish(topic, 'newer');
      await expect.poll(() => output.out, limit).toContain('  ce_id         newer\n');
      command.signal(signal);

      expect(await ended).toBe(0);
      expect(output.out).not.toContain('old');
    },
  );

  test('shows one partition alone', async () => {
    const topic = await topicWith('in one');
    await publisher.publish({
      topic,
      partition: 0,
      messages: [{ key: 'k', value: 'in zero', headers: {} }],
    });

    const { output, ended } = waybill(['tail', topic, '--from-beginning', '--partition', '0', '--max', '1']);

    expect(await ended).toBe(0);
    expect(output.out).toContain('in zero');
    expect(output.out).not.toContain('in one');
  });

  test('ends in peace when its reader goes away', async () => {
    const topic = await topicWith(...Array.from({ length: 500 }, (_, i) => `${i} ${'x'.repeat(300)}`));
    const command = waybill(['tail', topic, '--from-beginning', '--json']);
    const { output, ended } = command;
    await expect.poll(() => output.out, limit).not.toBe('');
    command.hangUp();
    await publish(topic, 'one more');

    expect(await ended).toBe(0);
    expect(output.err).toBe('');
  });

  test.each([
    ['a topic that does not exist', ['nowhere'], {}, 'Kafka has no topic nowhere.\n'],
    [
      'a Kafka that does not answer',
      ['order_placed'],
      { KAFKA_BROKERS: '127.0.0.1:1' },
      'Kafka does not answer at 127.0.0.1:1 (ECONNREFUSED): start it with npm start.\n',
    ],
    [
      'an address that is none',
      ['order_placed'],
      { KAFKA_BROKERS: 'here' },
      /^No Waybill runs from this folder: start it with npm start\..*KAFKA_BROKERS.*\n$/,
    ],
  ])('says one sentence and exits 1 for %s', async (_, args, env, sentence) => {
    const { output, ended } = waybill(['tail', ...args], env);

    expect(await ended).toBe(1);
    expect(output.out).toBe('');
    expect(output.err).toMatch(sentence);
  });

  test('names the partitions that there are', async () => {
    const topic = await topicWith();

    const { output, ended } = waybill(['tail', topic, '--partition', '2']);

    expect(await ended).toBe(1);
    expect(output.err).toBe(`${topic} has no partition 2: it has 2, from 0 to 1.\n`);
  });
});

describe('waybill demo', () => {
  const tokenFile = path.join(inject('servers').folder, 'any-token');
  writeFileSync(tokenFile, 'any.token');
  const nothing = {
    WAYBILL_DATABASE_URL: 'postgres://ops:hush@127.0.0.1:1/waybill',
    WAYBILL_SALES_DATABASE_URL: 'postgres://ops:hush@127.0.0.1:1/waybill_sales',
    WAYBILL_TOKEN_FILE: tokenFile,
  };

  test('shows nothing of a file that holds no token', async () => {
    const main = fileURLToPath(new URL('main.ts', import.meta.url));
    const { output, ended } = waybill(['demo'], {
      ...nothing,
      WAYBILL_TOKEN_FILE: main,
      WAYBILL_API_URL: 'http://127.0.0.1:1',
    });
    expect(await ended).toBe(1);
    expect(output).toEqual({ out: '', err: `${main} holds no token: npm start writes one.\n` });
  });

  test('says what to do when nothing answers', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { output, ended } = waybill(['demo'], { ...nothing, WAYBILL_API_URL: url });

    expect(await ended).toBe(1);
    expect(output.out).toBe('');
    expect(output.err).toBe(
      `The order API does not answer at ${url} (ECONNREFUSED): start it with npm start.\n`,
    );
  });
});
