import type { Socket } from 'node:net';

/** The length that every answer begins with; it does not count itself (Kafka protocol guide, "Protocol Primitives"). */
const lengthBytes = 4;

/**
 * Makes a connection hand over whole answers only; one that breaks off half way is never seen.
 *
 * kafkajs keeps such a beginning for its next connection to the same broker and puts the first answer behind it. From
 * then on it reads lengths where there are none: answers go missing, and sooner or later an exception ends the process
 * (kafkajs 2.2.4, network/connection.js, `chunks`; a connection reset in the middle of a produce answer is enough).
 */
export function withWholeAnswers(socket: Socket): Socket {
  const deliver = socket.push.bind(socket);
  const answers = new WholeAnswers();
  socket.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (!(chunk instanceof Buffer)) return deliver(chunk, encoding);
    let wantsMore = true;
    for (const part of answers.take(chunk)) wantsMore = deliver(part);
    return wantsMore;
  };
  return socket;
}

/** Holds back what does not end an answer yet. Nothing is copied but the lengths. */
export class WholeAnswers {
  #held: Buffer[] = [];
  readonly #length = Buffer.alloc(lengthBytes);
  /** Of the answer that is under way: bytes of its length that are known. */
  #lengthKnown = 0;
  /** Of the answer that is under way, once its length is known: bytes that are to come. */
  #missing = 0;

  /** @returns everything up to the last end of an answer, in order; empty when none ends in this chunk */
  take(chunk: Buffer): readonly Buffer[] {
    const end = this.#lastEnd(chunk);
    if (end === 0) {
      this.#held.push(chunk);
      return [];
    }
    const whole = [...this.#held, chunk.subarray(0, end)];
    this.#held = end < chunk.length ? [chunk.subarray(end)] : [];
    return whole;
  }

  /** Where the last answer that ends in this chunk does; 0 when none does. */
  #lastEnd(chunk: Buffer): number {
    let at = 0;
    let end = 0;
    while (at < chunk.length) {
      if (this.#lengthKnown < lengthBytes) {
        const taken = chunk.copy(this.#length, this.#lengthKnown, at, at + lengthBytes - this.#lengthKnown);
        this.#lengthKnown += taken;
        at += taken;
        if (this.#lengthKnown < lengthBytes) break;
        this.#missing = this.#length.readInt32BE(0);
      }
      const taken = Math.min(this.#missing, chunk.length - at);
      this.#missing -= taken;
      at += taken;
      if (this.#missing > 0) break;
      this.#lengthKnown = 0;
      end = at;
    }
    return end;
  }
}
