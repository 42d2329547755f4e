import { readStatus } from '@waybill/outbox/operations';
import { wait } from '@waybill/retry';
import { type Command, Option } from 'commander';
import { answer, formatFrom } from '../command-line/answer.ts';
import { wholeNumber } from '../command-line/arguments.ts';
import type { CommandContext } from '../command-line/context.ts';
import { databaseSettingsFrom } from '../config.ts';
import { openDatabase } from '../database/operator-database.ts';
import { steadily } from '../database/steady-database.ts';
import { statusAsText } from './status-as-text.ts';

interface StatusFlags {
  readonly watch?: true;
  readonly every: number;
  readonly json?: true;
}

const clearScreen = '\u001b[H\u001b[2J';

export function registerStatus(program: Command, context: CommandContext): void {
  program
    .command('status')
    .description('show per topic what waits, how fast it flows, and who works on it')
    .option('--watch', 'again and again, until Ctrl-C')
    .addOption(new Option('--every <seconds>', 'how often with --watch').argParser(wholeNumber(1)).default(2))
    .option('--json', 'print one JSON object; with --watch, one a line')
    .action(async (flags: StatusFlags) => {
      const { terminal } = context;
      const url = databaseSettingsFrom(context.environment()).WAYBILL_DATABASE_URL;
      const format = formatFrom(flags);
      if (!flags.watch) {
        await using database = await openDatabase(url);
        await answer(terminal, format, await readStatus(database), statusAsText);
        return;
      }
      const first = await openDatabase(url);
      const signal = context.interruption();
      await using database = steadily(first, () => openDatabase(url), { terminal, format, signal });
      const before = format === 'text' && terminal.out.isTerminal ? clearScreen : '';
      while (!signal.aborted) {
        const status = await readStatus(database);
        await answer(terminal, format, status, (value) => `${before}${statusAsText(value)}\n`);
        await wait(flags.every * 1_000, signal);
      }
    });
}
