import { type Command, Option } from 'commander';
import { wholeNumber } from '../command-line/arguments.ts';
import type { CommandContext } from '../command-line/context.ts';
import { kafkaSettingsFrom } from '../config.ts';
import { tail } from './tail.ts';

interface TailFlags {
  readonly fromBeginning?: true;
  readonly json?: true;
  readonly max?: number;
  readonly partition?: number;
}

export function registerTail(program: Command, context: CommandContext): void {
  program
    .command('tail')
    .description('print a topic’s events, headers and values, as they arrive')
    .argument('<topic>', 'for example order_placed')
    .option('--from-beginning', 'begin with the first event that Kafka keeps')
    .option('--json', 'one JSON object per line, nothing else')
    .addOption(new Option('--max <events>', 'end after so many').argParser(wholeNumber(1)))
    .addOption(new Option('--partition <number>', 'only this one').argParser(wholeNumber(0)))
    .action(async (topic: string, flags: TailFlags) => {
      const { fromBeginning, json, max, partition } = flags;
      await tail(
        {
          topic,
          from: fromBeginning ? 'beginning' : 'end',
          format: json ? 'json' : 'block',
          ...(max === undefined ? {} : { max }),
          ...(partition === undefined ? {} : { partition }),
        },
        kafkaSettingsFrom(context.environment()),
        context.terminal,
        context.interruption(),
      );
    });
}
