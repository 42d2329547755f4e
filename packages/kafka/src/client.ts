import { Kafka, type KafkaConfig, type SASLOptions } from 'kafkajs';
import { kafkajsLogTo, type Log } from './log.ts';
import { requirePatchedKafkaJs } from './patch-check.ts';
import type { KafkaSettings, SaslCredentials } from './settings.ts';
import type { Sockets } from './sockets.ts';

/** Longest wait for a TCP connection, in ms. */
const connectTimeoutMs = 3_000;

/**
 * What kafkajs itself repeats: connecting, and finding a group's coordinator. `perBroker` tries each broker of the list
 * once: one that is down must not stand for the cluster. `patient` goes on for about five seconds: a new cluster makes
 * its coordinators when it is first asked for one.
 */
export type Persistence = 'perBroker' | 'patient';

/**
 * A kafkajs client whose connections `sockets` holds.
 *
 * @throws UnpatchedKafkaJsError when the installed kafkajs lacks the project's patch
 */
export function openKafka(
  settings: KafkaSettings,
  log: Log,
  sockets: Sockets,
  persistence: Persistence,
): Kafka {
  requirePatchedKafkaJs();
  const retry = {
    perBroker: { retries: settings.brokers.length - 1, initialRetryTime: 50, maxRetryTime: 200 },
    patient: { retries: 8, initialRetryTime: 100, maxRetryTime: 1_000 },
  }[persistence];
  return new Kafka({
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    connectionTimeout: Math.min(connectTimeoutMs, settings.requestTimeoutMs),
    requestTimeout: settings.requestTimeoutMs,
    retry,
    ...securityOf(settings),
    socketFactory: sockets.factory,
    logCreator: kafkajsLogTo(log),
  });
}

function securityOf({ sasl, tls }: KafkaSettings): Pick<KafkaConfig, 'sasl' | 'ssl'> {
  return {
    ...(sasl === undefined ? {} : { sasl: saslOptions(sasl) }),
    ...(tls === undefined ? {} : { ssl: { ...tls } }),
  };
}

/** A new object for each client: kafkajs keeps its authenticator in the one that it is given. */
function saslOptions({ mechanism, username, password }: SaslCredentials): SASLOptions {
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password };
    case 'scram-sha-256':
      return { mechanism, username, password };
    case 'scram-sha-512':
      return { mechanism, username, password };
  }
}
