import { isIP } from 'node:net';
import type { Broker, ConnectionOptions, SASLMechanismValue } from '@platformatic/kafka';
import { orAbort } from '@waybill/retry';
import type { KafkaSettings, SaslCredentials } from '../settings.ts';
import { Connection } from './client-parts.ts';

/** Longest wait for a TCP connection and its login, in ms. */
const connectTimeoutMs = 3_000;
/** Idle time in ms before the kernel probes the other end. */
const keepAliveDelayMs = 60_000;
/** Requests under way on one connection. More would wait in the client and be sent when their caller is gone. */
const maxInflights = 1_000;

/**
 * One connection to one broker, closed at its first failure. Closing drops whatever has not left this process yet, so
 * that nothing is sent behind the back of a caller that gave up.
 */
export class BrokerLink {
  readonly #connection: Connection;
  #lastError: unknown;
  #throttledUntil = Number.NEGATIVE_INFINITY;

  private constructor(settings: KafkaSettings, host: string) {
    this.#connection = new Connection(settings.clientId, connectionOptions(settings, host));
    // An emitter without a listener throws. What broke the connection says more than what its requests are told.
    this.#connection.on('error', (error) => {
      this.#lastError = error;
    });
  }

  /** @throws the client's own errors, and the signal's reason */
  static async open(
    { host, port }: Broker,
    settings: KafkaSettings,
    signal: AbortSignal,
  ): Promise<BrokerLink> {
    signal.throwIfAborted();
    const link = new BrokerLink(settings, host);
    try {
      await orAbort(Promise.resolve(link.#connection.connect(host, port)), signal);
    } catch (error) {
      link.close();
      throw error;
    }
    link.#connection.socket.setKeepAlive(true, keepAliveDelayMs);
    return link;
  }

  /** Whether the next request can go over it. Not so while it logs in again: nothing else may be sent then. */
  get isOpen(): boolean {
    return this.#connection.isConnected();
  }

  /** Whether the broker said that it would read nothing from here for a while, which is not over (KIP-219). */
  get isThrottled(): boolean {
    return performance.now() < this.#throttledUntil;
  }

  /** @param ms as the broker's answer tells; 0: not at all */
  throttleFor(ms: number): void {
    this.#throttledUntil = Math.max(this.#throttledUntil, performance.now() + ms);
  }

  /**
   * Sends one request. An abort closes the link.
   *
   * @throws the client's own errors, and the signal's reason
   */
  async request<T>(send: (connection: Connection) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    try {
      return await orAbort(send(this.#connection), signal);
    } catch (error) {
      if (signal.aborted) this.close();
      throw this.isOpen ? error : (this.#lastError ?? error);
    }
  }

  /** Now; requests under way fail. */
  close(): void {
    // Its own close ends its timers, but waits until everything is written, which a frozen broker prevents.
    this.#connection.close(() => {});
    this.#connection.socket?.destroy();
  }
}

/** How the client connects to a broker at `host`: time limits, TLS and login. */
export function connectionOptions(settings: KafkaSettings, host: string): ConnectionOptions {
  const { requestTimeoutMs, sasl, tls } = settings;
  return {
    connectTimeout: Math.min(connectTimeoutMs, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    maxInflights,
    // Server names are names; an IP address must not be one (RFC 6066, section 3).
    ...(tls === undefined ? {} : { tls: { ...tls }, tlsServerName: isIP(host) === 0 }),
    ...(sasl === undefined
      ? {}
      : {
          sasl: { mechanism: mechanisms[sasl.mechanism], username: sasl.username, password: sasl.password },
        }),
  };
}

const mechanisms: Readonly<Record<SaslCredentials['mechanism'], SASLMechanismValue>> = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
};
