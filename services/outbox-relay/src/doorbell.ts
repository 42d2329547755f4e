import { DOORBELL_CHANNEL, lanesOfDoorbellMessage } from '@waybill/outbox/relay';
import { backoffDelay } from '@waybill/retry';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';

const RECONNECT = { baseMs: 100, capMs: 5_000 };

/**
 * Calls `ring` whenever an order API says that it committed events, with their lanes where they are named. Only a hint:
 * while Redis is away the relay's own poll finds them a little later, so its absence is said once and waited out.
 *
 * @returns what closes the subscription
 */
export function listenToDoorbell(
  redisUrl: string,
  ring: (lanes: readonly number[] | undefined) => void,
  logger: Logger,
): () => void {
  const redis = new Redis(redisUrl, {
    maxRetriesPerRequest: null,
    // At least a moment: full jitter may come close to 0 again and again.
    retryStrategy: (attempt) => 50 + backoffDelay(RECONNECT, attempt, Math.random),
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
  redis.on('message', (_channel, message) => ring(lanesOfDoorbellMessage(message)));
  redis.subscribe(DOORBELL_CHANNEL).catch((error: unknown) => {
    // Closing before the first connection ends the subscription; everything else comes as an 'error' event too.
    logger.debug({ err: error }, 'the doorbell was not subscribed');
  });
  return () => redis.disconnect();
}
