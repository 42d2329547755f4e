import { CommanderError } from 'commander';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { OperatorError } from '../operator-error.ts';
import { ReaderGoneError } from '../output.ts';
import type { Format } from './answer.ts';
import type { CommandContext } from './context.ts';
import { createProgram } from './program.ts';

/**
 * Runs one command line to its end.
 *
 * @param args without the names of node and of the script
 * @returns what the process exits with
 * @throws what nobody expected: a bug, with its stack
 */
export async function runCommandLine(
  args: readonly string[],
  context: Omit<CommandContext, 'exitWith'>,
): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.fine;
  const program = createProgram({
    ...context,
    exitWith(code) {
      exitCode = code;
    },
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof ReaderGoneError) return exitCode;
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.fine; // help was shown
    if (error instanceof CommanderError && error.code === 'commander.help') return exitCodes.usage;
    const explained = error instanceof CommanderError ? asUsageError(error) : error;
    if (!(explained instanceof OperatorError)) throw error;
    await context.terminal.err.write(errorText(explained, formatOf(args)));
    return explained.exitCode;
  }
}

function asUsageError(error: CommanderError): OperatorError {
  const sentence = error.message
    .replace(/^error: /, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return new OperatorError(`${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`, {
    code: 'USAGE',
    cause: error,
  });
}

/** Looked up in the bare arguments: a command line that cannot be parsed has no flags yet. */
function formatOf(args: readonly string[]): Format {
  const end = args.indexOf('--');
  return (end === -1 ? args : args.slice(0, end)).includes('--json') ? 'json' : 'text';
}

function errorText({ code, message }: OperatorError, format: Format): string {
  return format === 'json' ? `${JSON.stringify({ error: { code, message } })}\n` : `${message}\n`;
}
