import { raiseEpoch, readSource, type SourceState } from '@waybill/outbox/operations';
import type { Command } from 'commander';
import { answer, formatFrom } from '../command-line/answer.ts';
import type { CommandContext } from '../command-line/context.ts';
import { mandateFrom, type MandateFlags, withMandate } from '../command-line/mandate.ts';
import { databaseSettingsFrom } from '../config.ts';
import { openDatabase } from '../database/operator-database.ts';
import { printable } from '../display/table.ts';

interface JsonFlag {
  readonly json?: true;
}

export function registerSource(program: Command, context: CommandContext): void {
  const source = program
    .command('source')
    .description('which database cluster the events come from, and its epoch');
  source
    .command('show')
    .description('show epoch, cluster and timeline')
    .option('--json', 'print one JSON object')
    .action(async (flags: JsonFlag) => {
      await using database = await openDatabase(
        databaseSettingsFrom(context.environment()).WAYBILL_DATABASE_URL,
      );
      await answer(context.terminal, formatFrom(flags), await readSource(database), sourceAsText);
    });
  withMandate(
    source
      .command('raise-epoch')
      .description(
        'after the storage was restored to an earlier state, which nothing else shows: tell consumers that versions may diverge',
      ),
  )
    .option('--json', 'print one JSON object')
    .action(async (flags: JsonFlag & MandateFlags) => {
      const environment = context.environment();
      await using database = await openDatabase(databaseSettingsFrom(environment).WAYBILL_DATABASE_URL);
      const epoch = await raiseEpoch(database, mandateFrom(flags, environment));
      await answer(
        context.terminal,
        formatFrom(flags),
        { epoch },
        () => `The epoch is ${epoch} now; relays stamp it within a heartbeat.\n`,
      );
    });
}

function sourceAsText(source: SourceState): string {
  return [
    `epoch              ${source.epoch}`,
    `since              ${source.changedAt.toISOString()}`,
    `because            ${printable(source.reason)}`,
    `system identifier  ${source.systemIdentifier}`,
    `timeline           ${source.timeline}`,
    '',
  ].join('\n');
}
