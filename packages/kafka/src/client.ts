import { Kafka } from 'kafkajs';
import { kafkajsLogTo, type Log } from './log.ts';
import { requirePatchedKafkaJs } from './patch-check.ts';
import type { KafkaSettings } from './settings.ts';
import type { Sockets } from './sockets.ts';

/** Longest wait for a TCP connection, in ms. */
const connectTimeoutMs = 3_000;

/**
 * A kafkajs client. Only connecting repeats, once per broker of the list: one that is down must not stand for the
 * cluster. Consumers and producers bring their own policy for the rest.
 *
 * @throws UnpatchedKafkaJsError when the installed kafkajs lacks the project's patch
 */
export function openKafka(settings: KafkaSettings, log: Log, sockets: Sockets): Kafka {
  requirePatchedKafkaJs();
  return new Kafka({
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    connectionTimeout: Math.min(connectTimeoutMs, settings.requestTimeoutMs),
    requestTimeout: settings.requestTimeoutMs,
    retry: { retries: settings.brokers.length - 1, initialRetryTime: 50, maxRetryTime: 200 },
    socketFactory: sockets.factory,
    logCreator: kafkajsLogTo(log),
  });
}
