import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { withWholeAnswers } from './whole-answers.ts';

/** Idle time in ms before the kernel probes the other end. */
const keepAliveDelayMs = 60_000;

/**
 * The connections of one kafkajs client. kafkajs cannot be told to stop at once: it waits for answers that may
 * never come, and connects again after a failure. Closing its sockets and refusing new ones ends it.
 */
export class Sockets {
  readonly #open = new Set<Socket>();
  #closed = false;

  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (this.#closed) throw new Error('the client has been closed');
    // kafkajs leaves `ssl` undefined for plain connections, against its own types.
    const socket = isSet(ssl)
      ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
      : connect({ host, port }, onConnect);
    socket.setKeepAlive(true, keepAliveDelayMs);
    // Nagle's algorithm (RFC 896) holds a second small batch back until the first is answered.
    socket.setNoDelay(true);
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    return withWholeAnswers(socket);
  };

  /** Fails whatever waits for an answer on these connections with `reason`. */
  breakOff(reason: Error): void {
    this.#closed = true;
    for (const socket of this.#open) socket.destroy(reason);
  }

  /** Drops what is left once nobody waits for an answer. */
  close(): void {
    this.#closed = true;
    for (const socket of this.#open) socket.destroy();
  }
}

function isSet<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
