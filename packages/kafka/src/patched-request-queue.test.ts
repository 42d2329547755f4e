import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { unpatchedCopy } from './kafkajs-copy.fixture.ts';
import { connectionTo, type RequestQueue, requestQueue, requestWith } from './kafkajs-internals.fixture.ts';
import { hearingThrottles } from './log.ts';
import { silentLog } from './silent-log.fixture.ts';

interface Sent {
  readonly ids: number[];
  readonly answers: Promise<unknown>[];
}

function push(queue: RequestQueue, correlationId: number, sent: Sent, isAbandoned?: () => boolean): void {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  promise.catch(() => {});
  sent.answers.push(promise);
  queue.push({
    entry: { apiName: 'Produce', correlationId, resolve, reject },
    expectResponse: true,
    isAbandoned,
    sendRequest: () => sent.ids.push(correlationId),
  });
}

describe('the request queue', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const answer = { correlationId: 1, payload: Buffer.alloc(0), size: 0 };

  test('arms no timer when nothing is pending', async () => {
    const queue = requestQueue(1_000);
    const sent: Sent = { ids: [], answers: [] };

    push(queue, 1, sent);
    queue.fulfillRequest(answer);

    await expect(sent.answers[0]).resolves.toBeDefined();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('armed one for ever before the patch', () => {
    const scratch = mkdtempSync(join(tmpdir(), 'waybill-kafkajs-'));
    const installed = dirname(createRequire(import.meta.url).resolve('kafkajs/package.json'));
    const queue = requestQueue(1_000, unpatchedCopy(installed, join(scratch, 'kafkajs')));

    push(queue, 1, { ids: [], answers: [] });
    queue.fulfillRequest(answer);

    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(10_000);
    expect(vi.getTimerCount()).toBe(1);
    rmSync(scratch, { recursive: true });
  });

  test('sends what throttling held back when the throttling ends, and rests again', () => {
    const queue = requestQueue(1_000);
    const sent: Sent = { ids: [], answers: [] };
    queue.maybeThrottle(500);

    push(queue, 1, sent);
    push(queue, 2, sent);
    vi.advanceTimersByTime(499);
    expect(sent.ids).toEqual([]);
    vi.advanceTimersByTime(2);

    expect(sent.ids).toEqual([1, 2]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('says that it is throttled in words that the log hears, and passes on', () => {
    const [throttledMs, lines]: [number[], string[]] = [[], []];
    const log = { ...silentLog, debug: (_: object, message: string) => lines.push(message) };
    const heard = hearingThrottles(log, (ms) => throttledMs.push(ms));
    const queue = requestQueue(1_000, 'kafkajs', (message) => heard.debug({}, message));

    queue.maybeThrottle(0);
    queue.maybeThrottle(500);

    expect(throttledMs).toEqual([500]);
    expect(lines).toEqual(['Client side throttling in effect for 500ms']);
  });

  test('never sends what its caller has given up on while throttling held it back', async () => {
    const queue = requestQueue(10_000);
    const sent: Sent = { ids: [], answers: [] };
    queue.maybeThrottle(500);

    push(queue, 1, sent, () => false);
    push(queue, 2, sent, () => true);
    push(queue, 3, sent);
    vi.advanceTimersByTime(501);

    expect(sent.ids).toEqual([1, 3]);
    await expect(sent.answers[1]).rejects.toMatchObject({ name: 'KafkaJSRequestTimeoutError' });
  });

  test('gives up on what throttling holds back longer than its timeout, and never sends it', async () => {
    const queue = requestQueue(1_000);
    const sent: Sent = { ids: [], answers: [] };
    queue.scheduleRequestTimeoutCheck();
    queue.maybeThrottle(5_000);

    push(queue, 1, sent);
    vi.advanceTimersByTime(1_200);
    await expect(sent.answers[0]).rejects.toMatchObject({ name: 'KafkaJSRequestTimeoutError' });
    vi.advanceTimersByTime(10_000);

    expect(sent.ids).toEqual([]);
    queue.destroy();
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('a connection writes what throttling held back, and nothing whose caller has given up', async () => {
  const received = Promise.withResolvers<string>();
  const server = createServer((socket) => {
    socket.on('data', (bytes) => received.resolve(bytes.toString('latin1')));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const connection = connectionTo(typeof address === 'object' && address !== null ? address.port : 0);
  await connection.connect();
  connection.requestQueue.maybeThrottle(100);
  const response = { decode: async () => ({}), parse: async () => ({}) };
  const send = (text: string, isAbandoned: () => boolean) =>
    connection.send({ request: requestWith(text, isAbandoned), response });
  const given = send('given up', () => true);
  const wanted = send('wanted', () => false);
  await expect(given).rejects.toMatchObject({ name: 'KafkaJSRequestTimeoutError' });
  await wanted;
  const bytes = await received.promise;
  expect(bytes).toContain('wanted');
  expect(bytes).not.toContain('given up');
  await connection.disconnect();
  server.close();
});
