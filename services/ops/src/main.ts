#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from 'commander';
import { demoSettingsFrom, tailSettingsFrom } from './config.ts';
import { runDemo } from './demo/run-demo.ts';
import { withLocalEndpoints } from './endpoints.ts';
import { OperatorError } from './operator-error.ts';
import { outputTo } from './output.ts';
import { tail } from './tail/tail.ts';

const terminal = { out: outputTo(process.stdout), err: outputTo(process.stderr) };

/** Aborts at the first SIGINT or SIGTERM; a second one ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller.signal;
}

const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const number = Number(text);
    if (!Number.isSafeInteger(number) || number < least) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} up.`);
    }
    return number;
  };

interface TailFlags {
  readonly fromBeginning?: true;
  readonly json?: true;
  readonly max?: number;
  readonly partition?: number;
}

interface DemoFlags {
  readonly orders: number;
  readonly concurrency: number;
  readonly json?: true;
}

const program = new Command('waybill').description('Operates a running Waybill.').showHelpAfterError();

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
      tailSettingsFrom(withLocalEndpoints(process.env)),
      terminal,
      interruption(),
    );
  });

program
  .command('demo')
  .description(
    'place orders over HTTP, follow them into Kafka and into the buyers’ totals, and check the sums',
  )
  .addOption(new Option('--orders <number>', 'how many orders').argParser(wholeNumber(1)).default(2_000))
  .addOption(new Option('--concurrency <number>', 'how many at a time').argParser(wholeNumber(1)).default(32))
  .option('--json', 'print the result as one JSON object')
  .action(async ({ orders, concurrency, json }: DemoFlags) => {
    const settings = demoSettingsFrom(withLocalEndpoints(process.env));
    const format = json ? 'json' : 'text';
    await runDemo({ orders, concurrency, format }, settings, terminal, interruption());
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof OperatorError)) throw error;
  process.exitCode = 1;
  await terminal.err.write(`${error.message}\n`);
}
