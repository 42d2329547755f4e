import type { Format } from '../command-line/answer.ts';
import type { Output } from '../output.ts';

/** What a command tells while it works: on standard error, so that the answer stays by itself. */
export interface Progress {
  show(text: string): Promise<void>;
  end(): Promise<void>;
}

/**
 * A line that is written over on a terminal, and a line for each change elsewhere. Nothing at all with --json, where
 * standard error is for errors.
 */
export function progressTo(output: Output, format: Format): Progress {
  let shown = '';
  return {
    async show(text) {
      if (format === 'json' || text === shown) return;
      shown = text;
      await output.write(output.isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
    },
    async end() {
      if (output.isTerminal && shown !== '') await output.write('\n');
    },
  };
}
