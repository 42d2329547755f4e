import { type Command, Option } from 'commander';
import { answer, formatFrom } from '../command-line/answer.ts';
import { duration, instant, wholeNumber } from '../command-line/arguments.ts';
import type { CommandContext } from '../command-line/context.ts';
import { databaseSettingsFrom, kafkaSettingsFrom } from '../config.ts';
import { openDatabase } from '../database/operator-database.ts';
import { progressTo } from '../display/progress.ts';
import { exitCodes } from '../exit-codes.ts';
import { reconciliationAsText } from './reconcile-as-text.ts';
import { runReconcile } from './run-reconcile.ts';

interface ReconcileFlags {
  readonly topic?: string;
  readonly since?: Date;
  readonly pending: number;
  readonly max: number;
  readonly json?: true;
}

export function registerReconcile(program: Command, context: CommandContext): void {
  program
    .command('reconcile')
    .description(
      'compare orders, outbox, receipts and what Kafka holds, and name every difference; exits 3 when there is one, else 1 when it ended early',
    )
    .option('--topic <topic>', 'only this topic’s lanes, and no orders')
    .addOption(
      new Option(
        '--since <time>',
        'only events, receipts and records since, and every order; default: all that is kept',
      ).argParser(instant),
    )
    .addOption(
      new Option('--pending <duration>', 'an event that waits longer is a difference')
        .argParser(duration)
        .default(60_000, '1m'),
    )
    .addOption(
      new Option('--max <number>', 'end after so many differences').argParser(wholeNumber(1)).default(1_000),
    )
    .option('--json', 'print one JSON object')
    .action(async (flags: ReconcileFlags) => {
      const environment = context.environment();
      const kafka = kafkaSettingsFrom(environment);
      const format = formatFrom(flags);
      const { topic, since, pending, max } = flags;
      await using database = await openDatabase(databaseSettingsFrom(environment).WAYBILL_DATABASE_URL);
      const result = await runReconcile(
        database,
        kafka,
        {
          ...(topic === undefined ? {} : { topic }),
          ...(since === undefined ? {} : { since }),
          pendingMs: pending,
          max,
        },
        progressTo(context.terminal.err, format),
        context.interruption(),
      );
      await answer(context.terminal, format, result, reconciliationAsText);
      if (result.differences.length > 0) context.exitWith(exitCodes.findings);
      else if (result.state === 'ended early') context.exitWith(exitCodes.failed);
    });
}
