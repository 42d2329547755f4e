import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Rate, RateCounter } from './http/protection/rate-limit.ts';

/** In ms. A request waits no longer for its rate. */
const ANSWER_WITHIN_MS = 100;
/** In ms. After a failure nobody asks for so long: a Redis that hangs costs one wait, not one per request. */
const REST_MS = 1_000;
const RECONNECT_CAP_MS = 5_000;

/** One round trip; the window begins with its first request. */
const countInWindow = `
local requests = redis.call('incr', KEYS[1])
if requests == 1 then redis.call('pexpire', KEYS[1], ARGV[1]) end
return {requests, redis.call('pttl', KEYS[1])}`;

export interface RedisRateCounter extends RateCounter {
  close(): void;
}

/**
 * Connects in the background. Each change between reachable and unreachable is logged once.
 *
 * @param now in ms, never going back
 */
export function redisRateCounter(url: string, logger: Logger, now: () => number): RedisRateCounter {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: ANSWER_WITHIN_MS,
    connectTimeout: 1_000,
    retryStrategy: (times) => Math.min(RECONNECT_CAP_MS, 100 * 2 ** Math.min(times, 10)),
  });
  let state: 'unknown' | 'reachable' | 'unreachable' | 'closed' = 'unknown';
  let restUntil = Number.NEGATIVE_INFINITY;
  const becomes = (next: 'reachable' | 'unreachable', err?: unknown): void => {
    if (next === 'unreachable') restUntil = now() + REST_MS;
    if (state === next || state === 'closed') return;
    state = next;
    if (next === 'reachable') logger.info('rates are counted in Redis');
    else logger.warn({ err }, 'rates cannot be counted in Redis; all requests pass');
  };
  redis.on('error', (error) => becomes('unreachable', error));
  redis.on('close', () => becomes('unreachable'));

  return {
    async count(key, windowMs) {
      if (redis.status !== 'ready' || now() < restUntil) return undefined;
      try {
        const rate = rateOf(await redis.eval(countInWindow, 1, `waybill:rate:${key}`, windowMs));
        becomes('reachable');
        return rate;
      } catch (error) {
        becomes('unreachable', error);
        return undefined;
      }
    },
    close() {
      state = 'closed';
      redis.disconnect();
    },
  };
}

function rateOf(answer: unknown): Rate {
  const [requests, resetMs] = Array.isArray(answer) ? answer : [];
  if (typeof requests !== 'number' || typeof resetMs !== 'number') {
    throw new TypeError('Redis did not answer with a count and a time');
  }
  return { requests, resetMs };
}
