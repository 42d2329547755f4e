import { wait } from '@waybill/retry';
import { type Command, Option } from 'commander';
import { answer, formatFrom } from '../command-line/answer.ts';
import { duration } from '../command-line/arguments.ts';
import type { CommandContext } from '../command-line/context.ts';
import { mandateFrom, type MandateFlags, withMandate } from '../command-line/mandate.ts';
import { salesDatabaseSettingsFrom } from '../config.ts';
import { openDatabase } from '../database/operator-database.ts';
import { orDash } from '../display/amounts.ts';
import { progressTo } from '../display/progress.ts';
import { type Column, table } from '../display/table.ts';
import { exitCodes } from '../exit-codes.ts';
import { askForRebuild, type Generation, readGenerations } from './generations.sql.ts';

interface RebuildFlags extends MandateFlags {
  readonly yes?: true;
  readonly wait: number;
  readonly json?: true;
}

const lookEveryMs = 500;

export function registerProjection(program: Command, context: CommandContext): void {
  const projection = program
    .command('projection')
    .description('the totals per buyer, and counting them again');
  const open = () =>
    openDatabase(
      salesDatabaseSettingsFrom(context.environment()).WAYBILL_SALES_DATABASE_URL,
      'The projection’s database',
    );
  projection
    .command('list')
    .description('show the countings: which one serves, and how far a rebuild is')
    .option('--json', 'print one JSON array')
    .action(async (flags: { readonly json?: true }) => {
      await using database = await open();
      await answer(context.terminal, formatFrom(flags), await readGenerations(database), asText);
    });
  withMandate(
    projection
      .command('rebuild')
      .description(
        'count everything again from the beginning of the topics, beside what serves, then switch; only says so, without --yes',
      ),
  )
    .option('--yes', 'do it')
    .addOption(
      new Option('--wait <duration>', 'how long to follow; the rebuild goes on without')
        .argParser(duration)
        .default(600_000, '10m'),
    )
    .option('--json', 'print one JSON array')
    .action(async (flags: RebuildFlags) => {
      const { actor, reason } = mandateFrom(flags, context.environment());
      const format = formatFrom(flags);
      await using database = await open();
      if (!flags.yes) {
        await answer(context.terminal, format, await readGenerations(database), dryRunAsText);
        return;
      }
      const asked = await askForRebuild(database, actor, reason);
      const signal = AbortSignal.any([context.interruption(), AbortSignal.timeout(flags.wait)]);
      const progress = progressTo(context.terminal.err, format);
      let generations = await readGenerations(database);
      const isBuilding = () =>
        generations.some((one) => one.generation === asked && one.state === 'building');
      while (isBuilding() && !signal.aborted) {
        const rebuild = generations.find(({ generation }) => generation === asked);
        const waits = rebuild?.waitsFor ? `, waits for ${rebuild.waitsFor}` : '';
        await progress.show(`generation ${asked}: ${orDash(rebuild?.messagesLeft)} messages left${waits}`);
        await wait(lookEveryMs, signal);
        generations = await readGenerations(database);
      }
      await progress.end();
      await answer(context.terminal, format, generations, asText);
      if (isBuilding()) context.exitWith(exitCodes.failed);
    });
}

const columns: readonly Column<Generation>[] = [
  { title: 'generation', align: 'right', text: ({ generation }) => String(generation) },
  { title: 'state', text: ({ state }) => state },
  { title: 'messages left', align: 'right', text: ({ messagesLeft }) => orDash(messagesLeft, String) },
  { title: 'waits for', text: ({ waitsFor }) => orDash(waitsFor) },
  { title: 'started', text: ({ startedAt }) => startedAt },
  { title: 'serves since', text: ({ switchedAt }) => orDash(switchedAt) },
  { title: 'by', text: ({ actor }) => actor },
  { title: 'because', text: ({ reason }) => reason },
];

function asText(generations: readonly Generation[]): string {
  return table(columns, generations);
}

function dryRunAsText(generations: readonly Generation[]): string {
  const building = generations.some(({ state }) => state === 'building');
  const sentence = building
    ? 'A rebuild is under way; --yes follows it'
    : 'Would count everything again; --yes does it';
  return `${sentence}:\n${asText(generations)}`;
}
