import { type Command, Option } from 'commander';
import { formatFrom } from '../command-line/answer.ts';
import { wholeNumber } from '../command-line/arguments.ts';
import type { CommandContext } from '../command-line/context.ts';
import { demoSettingsFrom } from '../config.ts';
import { runDemo } from './run-demo.ts';

interface DemoFlags {
  readonly orders: number;
  readonly concurrency: number;
  readonly json?: true;
}

export function registerDemo(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .description(
      'place orders over HTTP, follow them into Kafka and into the buyers’ totals, and check the sums',
    )
    .addOption(new Option('--orders <number>', 'how many orders').argParser(wholeNumber(1)).default(2_000))
    .addOption(
      new Option('--concurrency <number>', 'how many at a time').argParser(wholeNumber(1)).default(32),
    )
    .option('--json', 'print the result as one JSON object')
    .action(async (flags: DemoFlags) => {
      const { orders, concurrency } = flags;
      await runDemo(
        { orders, concurrency, format: formatFrom(flags) },
        demoSettingsFrom(context.environment()),
        context.terminal,
        context.interruption(),
      );
    });
}
