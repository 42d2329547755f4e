import type { Admin } from 'kafkajs';
import { openKafka } from './client.ts';
import { disconnectWithin } from './disconnect-within.ts';
import type { Log } from './log.ts';
import type { KafkaSettings } from './settings.ts';
import { Sockets } from './sockets.ts';

/** Longest wait for an orderly end, in ms. */
const closeLimitMs = 1_000;

/**
 * Connects, runs `work`, and closes whatever came of it.
 *
 * @throws UnpatchedKafkaJsError, kafkajs' own errors, and what `work` throws
 */
export async function withAdmin<T>(
  settings: KafkaSettings,
  logger: Log,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const sockets = new Sockets();
  const admin = openKafka(settings, logger, sockets, 'perBroker').admin({
    retry: { retries: 2, initialRetryTime: 100 },
  });
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    await disconnectWithin(closeLimitMs, admin.disconnect(), sockets);
  }
}
