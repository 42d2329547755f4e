/**
 * Cuts a stream of Kafka's protocol into its requests or answers: each begins with its length, 4 bytes that do not
 * count themselves (protocol guide, "Common request and response structure").
 */
export class FrameCutter {
  #rest: Buffer = Buffer.alloc(0);

  /** @returns the frames that are complete now, length included */
  push(chunk: Buffer): Buffer[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    while (this.#rest.length >= 4) {
      const end = 4 + this.#rest.readInt32BE(0);
      if (this.#rest.length < end) break;
      frames.push(this.#rest.subarray(0, end));
      this.#rest = this.#rest.subarray(end);
    }
    return frames;
  }
}

const produceKey = 0;

/** The correlation id of a request that produces; undefined for every other request. */
export function produceRequestIn(frame: Buffer): number | undefined {
  return frame.readInt16BE(4) === produceKey ? frame.readInt32BE(8) : undefined;
}

/** The version of a request: clients differ in which ones they speak. */
export function versionOf(frame: Buffer): number {
  return frame.readInt16BE(6);
}

/** How PostgreSQL ends an answer when no transaction is open any more ("Message Formats": ReadyForQuery, idle). */
export const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** Of an answer: the id of the request that it answers. */
export function correlationIdOf(frame: Buffer): number {
  return frame.readInt32BE(4);
}
