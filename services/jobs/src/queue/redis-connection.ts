import { backoffDelay } from '@waybill/retry';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';

const RECONNECT = { baseMs: 100, capMs: 5_000 };

export type RedisState = 'unknown' | 'here' | 'away';

export interface RedisConnection {
  readonly redis: Redis;
  readonly state: RedisState;
}

/**
 * A connection as BullMQ wants it: commands wait for Redis for ever. Its absence is said once, its return too.
 *
 * @param onReady called at every connection
 */
export function openRedis(url: string, onReady: () => void, logger: Logger): RedisConnection {
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    // At least a moment: full jitter may come close to 0 again and again.
    retryStrategy: (attempt) => 50 + backoffDelay(RECONNECT, attempt, Math.random),
  });
  let state: RedisState = 'unknown';
  redis.on('ready', () => {
    if (state === 'away') logger.info('Redis is back; its schedules wake the jobs again');
    state = 'here';
    onReady();
  });
  const onAway = (err?: unknown): void => {
    if (state !== 'away') {
      logger.warn({ err }, 'Redis is away; what is due is found in PostgreSQL, a few seconds later');
    }
    state = 'away';
  };
  redis.on('error', onAway);
  return {
    redis,
    get state() {
      return state;
    },
  };
}
