import type { Environment } from '../config.ts';
import type { ExitCode } from '../exit-codes.ts';
import { runCommandLine } from './run.ts';

export interface Outcome {
  readonly exitCode: ExitCode;
  readonly out: string;
  readonly err: string;
}

export interface Surroundings {
  readonly environment?: Environment;
  /** Ctrl-C. */
  readonly signal?: AbortSignal;
  /** Hears everything on standard output as it comes. */
  readonly onOutput?: (text: string) => void;
}

/** Runs a command line in this process and keeps what it writes. */
export async function run(args: readonly string[], surroundings: Surroundings = {}): Promise<Outcome> {
  const { environment = {}, signal = new AbortController().signal, onOutput } = surroundings;
  let out = '';
  let err = '';
  const exitCode = await runCommandLine(args, {
    terminal: {
      out: {
        isTerminal: false,
        async write(text) {
          out += text;
          onOutput?.(text);
        },
      },
      err: {
        isTerminal: false,
        async write(text) {
          err += text;
        },
      },
    },
    environment: () => environment,
    interruption: () => signal,
  });
  return { exitCode, out, err };
}

/** What a command printed with --json: one value a line and nothing else. @throws SyntaxError when it is not */
export function parsed({ out }: Pick<Outcome, 'out'>): unknown[] {
  return out
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}
