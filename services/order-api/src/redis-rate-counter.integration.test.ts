import { setImmediate as nextTurn } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LocalServer } from '../../../infra/local/index.ts';
import { startOwnRedis } from '../../../test/servers/own-redis.ts';
import { temporaryFolder } from '../../../test/servers/temporary-folder.ts';
import { type RedisRateCounter, redisRateCounter } from './redis-rate-counter.ts';
import { newId } from './testing/examples.ts';

const stack = new AsyncDisposableStack();
const lines: string[] = [];
let redis: LocalServer;

beforeAll(async () => {
  const folder = stack.use(temporaryFolder());
  redis = stack.use(await startOwnRedis(folder.path));
}, 60_000);
afterAll(() => stack.disposeAsync());

async function aCounter(): Promise<RedisRateCounter> {
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const counter = redisRateCounter(redis.url, logger, () => performance.now());
  stack.defer(() => counter.close());
  await counts(counter);
  return counter;
}

const limit = { timeout: 15_000, interval: 20 };
const counts = (counter: RedisRateCounter) =>
  vi.waitFor(async () => expect(await counter.count(newId(), 1_000)).toBeDefined(), limit);

describe('the rate counter', () => {
  it('counts over all processes, until the window ends', async () => {
    const [one, other, key] = [await aCounter(), await aCounter(), newId()];
    expect(await one.count(key, 400)).toEqual({ requests: 1, resetMs: expect.any(Number) });
    const second = await other.count(key, 400);
    expect(second?.requests).toBe(2);
    expect(second?.resetMs).toBeGreaterThan(0);
    expect(second?.resetMs).toBeLessThanOrEqual(400);
    await vi.waitFor(async () => expect((await one.count(key, 400))?.requests).toBe(1), limit);
  });

  it('knows nothing while Redis hangs, makes few wait for that, says so once, and counts again by itself', async () => {
    const counter = await aCounter();
    lines.length = 0;
    redis.signal('SIGSTOP');
    try {
      const waits = await Promise.all(
        [1, 2, 3].map(async () => {
          const since = performance.now();
          expect(await counter.count('a', 1_000)).toBeUndefined();
          return performance.now() - since;
        }),
      );
      expect(Math.min(...waits)).toBeGreaterThan(50);
      // Nobody else waits.
      expect(await Promise.race([counter.count('a', 1_000), nextTurn('waits')])).toBeUndefined();
      expect(lines.filter((line) => line.includes('all requests pass'))).toHaveLength(1);
    } finally {
      redis.signal('SIGCONT');
    }
    await counts(counter);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain('rates are counted in Redis');
  });
});
