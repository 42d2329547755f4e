import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Where a command writes: results to `out`, everything else to `err`. */
export interface Terminal {
  readonly out: Output;
  readonly err: Output;
}

export interface Output {
  readonly isTerminal: boolean;
  /** Resolves when the reader keeps up. */
  write(text: string): Promise<void>;
}

/** Nobody reads any more (`waybill tail … | head`): a reason to end, not a failure. */
export class ReaderGoneError extends Error {}

export function outputTo(stream: Writable & { readonly isTTY?: boolean }): Output {
  let gone = false;
  stream.on('error', (error: Error & { code?: string }) => {
    if (error.code !== 'EPIPE') throw error;
    gone = true;
  });
  return {
    isTerminal: stream.isTTY === true,
    async write(text) {
      if (gone) throw new ReaderGoneError();
      if (stream.write(text)) return;
      await once(stream, 'drain').catch(() => {
        throw new ReaderGoneError();
      });
    },
  };
}
