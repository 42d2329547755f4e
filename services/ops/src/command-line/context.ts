import type { Environment } from '../config.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../output.ts';

/** What a command gets from its process. */
export interface CommandContext {
  readonly terminal: Terminal;
  /**
   * The environment, completed with what `npm start` wrote.
   *
   * @throws OperatorError when that cannot be read
   */
  environment(): Environment;
  /** Aborts at the first SIGINT or SIGTERM; a second one ends the process at once. */
  interruption(): AbortSignal;
  /** What the process exits with once the command is done. Default: fine. */
  exitWith(code: ExitCode): void;
}
