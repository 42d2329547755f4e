import { DOORBELL_CHANNEL, doorbellMessage } from '@waybill/outbox';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';

/** Wakes the relay. Only a convenience: whoever does not hear it finds the events by polling. */
export interface Doorbell {
  /**
   * Returns at once and never fails. Rings that come while one is under way become one more.
   *
   * @param lanes in which events were committed, at least one
   */
  ring(lanes: Iterable<number>): void;
  close(): void;
}

/** In ms. A Redis that hangs must not keep rings waiting for ever. */
const RING_WITHIN_MS = 1_000;
const RECONNECT_BASE_MS = 100;
const RECONNECT_CAP_MS = 5_000;

/**
 * Connects in the background. Each change between reachable and unreachable is logged once.
 *
 * @param random uniform in [0, 1), spreads reconnections
 */
export function redisDoorbell(url: string, logger: Logger, random: () => number): Doorbell {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: RING_WITHIN_MS,
    connectTimeout: RING_WITHIN_MS,
    retryStrategy: (times) =>
      random() * Math.min(RECONNECT_CAP_MS, RECONNECT_BASE_MS * 2 ** Math.min(times, 10)),
  });
  let state: 'unknown' | 'reachable' | 'unreachable' | 'closed' = 'unknown';
  const becomes = (next: 'reachable' | 'unreachable', err?: unknown): void => {
    if (state === next || state === 'closed') return;
    state = next;
    if (next === 'reachable') logger.info('the doorbell reaches Redis');
    else logger.warn({ err }, 'the doorbell does not reach Redis; the relay finds events by polling');
  };
  redis.on('ready', () => becomes('reachable'));
  redis.on('error', (error) => becomes('unreachable', error));
  redis.on('close', () => becomes('unreachable'));

  let isRinging = false;
  let waiting = new Set<number>();
  const publish = (): void => {
    isRinging = true;
    const message = doorbellMessage(waiting);
    waiting = new Set();
    redis
      .publish(DOORBELL_CHANNEL, message)
      .then(
        () => becomes('reachable'),
        (error: unknown) => becomes('unreachable', error),
      )
      .finally(() => {
        isRinging = false;
        if (waiting.size > 0) publish();
      });
  };
  return {
    ring(lanes) {
      if (!isRinging && redis.status !== 'ready') return;
      for (const lane of lanes) waiting.add(lane);
      if (!isRinging) publish();
    },
    close() {
      state = 'closed';
      redis.disconnect();
    },
  };
}
