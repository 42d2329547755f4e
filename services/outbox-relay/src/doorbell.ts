import { Redis } from 'ioredis';
import type { Logger } from 'pino';

const CHANNEL = 'waybill:outbox:doorbell';

/**
 * Calls `ring` whenever an order API says that it committed events. Only a hint: while Redis is away the relay's own
 * poll finds them a little later, so its absence is said once and waited out.
 *
 * @returns what closes the subscription
 */
export function listenToDoorbell(redisUrl: string, ring: () => void, logger: Logger): () => void {
  const redis = new Redis(redisUrl, {
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => Math.min(100 * 2 ** attempt, 5_000),
  });
  let state: 'unknown' | 'here' | 'away' = 'unknown';
  redis.on('ready', () => {
    if (state === 'away') logger.info('Redis is back; the doorbell rings again');
    state = 'here';
  });
  redis.on('error', (error) => {
    if (state !== 'away') logger.warn({ err: error }, 'Redis is away; the relay polls without the doorbell');
    state = 'away';
  });
  redis.on('message', ring);
  redis.subscribe(CHANNEL).catch((error: unknown) => {
    // Closing before the first connection ends the subscription; everything else comes as an 'error' event too.
    logger.debug({ err: error }, 'the doorbell was not subscribed');
  });
  return () => redis.disconnect();
}
