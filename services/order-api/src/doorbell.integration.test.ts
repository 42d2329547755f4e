import { once } from 'node:events';
import { Redis } from 'ioredis';
import { type Logger, pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import { freePort } from '../../../infra/local/index.ts';
import { startOwnRedis } from '../../../test/servers/own-redis.ts';
import { temporaryFolder } from '../../../test/servers/temporary-folder.ts';
import { redisDoorbell } from './doorbell.ts';

const CHANNEL = 'waybill:outbox:doorbell';

/** A logger that remembers its messages. */
function listeningLogger(): { readonly logger: Logger; readonly messages: readonly string[] } {
  const messages: string[] = [];
  const logger = pino(
    { level: 'info' },
    { write: (line: string) => void messages.push(JSON.parse(line).msg) },
  );
  return { logger, messages };
}

const REACHED = 'the doorbell reaches Redis';
const LOST = 'the doorbell does not reach Redis; the relay finds events by polling';

describe('the doorbell', () => {
  it('is heard; many rings at once become few', async () => {
    // One of its own: any order that another test places would be heard too.
    await using folder = temporaryFolder();
    await using redis = await startOwnRedis(folder.path);
    const { logger, messages } = listeningLogger();
    const listener = new Redis(redis.url);
    let heard = 0;
    await listener.subscribe(CHANNEL);
    listener.on('message', () => (heard += 1));
    const doorbell = redisDoorbell(redis.url, logger, Math.random);
    await vi.waitFor(() => expect(messages).toEqual([REACHED]), 5_000);

    for (let n = 0; n < 1_000; n += 1) doorbell.ring();
    await vi.waitFor(() => expect(heard).toBe(2), 5_000);
    doorbell.ring();
    await vi.waitFor(() => expect(heard).toBe(3), 5_000);
    expect(messages).toEqual([REACHED]);
    doorbell.close();
    listener.disconnect();
  });

  it('without Redis rings in vain, at once and without an error, and says so once', async () => {
    const { logger, messages } = listeningLogger();
    const doorbell = redisDoorbell(`redis://127.0.0.1:${await freePort()}`, logger, () => 0);
    doorbell.ring();
    await vi.waitFor(() => expect(messages).toEqual([LOST]), 5_000);
    for (let n = 0; n < 100; n += 1) doorbell.ring();
    await new Promise((resolve) => setTimeout(resolve, 300)); // several reconnections long
    expect(messages).toEqual([LOST]);
    doorbell.close();
  });

  it('does not wait for a Redis that hangs, and finds it again when it is back', async () => {
    const { logger, messages } = listeningLogger();
    await using folder = temporaryFolder();
    await using redis = await startOwnRedis(folder.path);
    const doorbell = redisDoorbell(redis.url, logger, () => 0);
    await vi.waitFor(() => expect(messages).toEqual([REACHED]), 5_000);

    redis.signal('SIGSTOP');
    const started = performance.now();
    for (let n = 0; n < 100; n += 1) doorbell.ring();
    const ringing = performance.now() - started;
    await vi.waitFor(() => expect(messages).toEqual([REACHED, LOST]), 10_000);
    redis.signal('SIGCONT');
    expect(ringing).toBeLessThan(500); // the hanging Redis costs its limit of 1 s to nobody

    const listener = new Redis(redis.url);
    await once(listener, 'ready');
    let heard = 0;
    await listener.subscribe(CHANNEL);
    listener.on('message', () => (heard += 1));
    await vi.waitFor(() => {
      doorbell.ring();
      expect(heard).toBeGreaterThan(0);
    }, 10_000);
    await vi.waitFor(() => expect(messages).toEqual([REACHED, LOST, REACHED]), 10_000);
    doorbell.close();
    listener.disconnect();
  });
});
