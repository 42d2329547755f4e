import { backoffDelay } from '@waybill/retry';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';

const RECONNECT = { baseMs: 100, capMs: 5_000 };

export interface RedisConnection {
  readonly redis: Redis;
  readonly state: 'here' | 'away';
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
  let isMissed = false;
  redis.on('ready', () => {
    if (isMissed) logger.info('Redis is back; its schedules wake the jobs again');
    isMissed = false;
    onReady();
  });
  redis.on('error', (err) => {
    // A single command may fail while Redis is there; whoever sent it hears of it.
    if (isMissed || redis.status === 'ready') return;
    isMissed = true;
    logger.warn({ err }, 'Redis is away; what is due is found in PostgreSQL, a few seconds later');
  });
  return {
    redis,
    get state() {
      return redis.status === 'ready' ? 'here' : 'away';
    },
  };
}
