import { wait } from '@waybill/retry';
import { Argument, type Command, Option } from 'commander';
import { answer, formatFrom } from '../command-line/answer.ts';
import { waitingTime, wholeNumber } from '../command-line/arguments.ts';
import type { CommandContext } from '../command-line/context.ts';
import { mandateFrom, type MandateFlags, withMandate } from '../command-line/mandate.ts';
import { salesDatabaseSettingsFrom } from '../config.ts';
import { openDatabase } from '../database/operator-database.ts';
import { counted, orDash } from '../display/amounts.ts';
import { progressTo } from '../display/progress.ts';
import { type Column, table } from '../display/table.ts';
import { exitCodes } from '../exit-codes.ts';
import { OperatorError } from '../operator-error.ts';
import { askForRebuild, cancelRebuild, type Generation, readGenerations } from './generations.sql.ts';

interface CancelFlags extends MandateFlags {
  readonly yes?: true;
  readonly json?: true;
}

interface RebuildFlags extends CancelFlags {
  readonly wait: number;
}

const lookEveryMs = 500;

export function registerProjection(program: Command, context: CommandContext): void {
  const projection = program
    .command('projection')
    .description('the totals per buyer, and counting them again');
  registerList(projection, context);
  registerRebuild(projection, context);
  registerCancel(projection, context);
}

function open(context: CommandContext) {
  return openDatabase(
    salesDatabaseSettingsFrom(context.environment()).WAYBILL_SALES_DATABASE_URL,
    'The projection’s database',
  );
}

function registerList(projection: Command, context: CommandContext): void {
  projection
    .command('list')
    .description('show the countings: which one serves, and how far a rebuild is')
    .option('--json', 'print one JSON array')
    .action(async (flags: { readonly json?: true }) => {
      await using database = await open(context);
      await answer(context.terminal, formatFrom(flags), await readGenerations(database), asText);
    });
}

function registerRebuild(projection: Command, context: CommandContext): void {
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
        .argParser(waitingTime)
        .default(600_000, '10m'),
    )
    .option('--json', 'print one JSON array')
    .action(async (flags: RebuildFlags) => {
      const { actor, reason } = mandateFrom(flags, context.environment());
      const format = formatFrom(flags);
      await using database = await open(context);
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
        await progress.show(`generation ${asked}: ${rebuild === undefined ? '–' : progressOf(rebuild)}`);
        await wait(lookEveryMs, signal);
        generations = await readGenerations(database);
      }
      await progress.end();
      await answer(context.terminal, format, generations, asText);
      const serves = generations.some((one) => one.generation === asked && one.state === 'active');
      if (!serves) context.exitWith(exitCodes.failed);
    });
}

function registerCancel(projection: Command, context: CommandContext): void {
  withMandate(
    projection
      .command('cancel')
      .description('give up a rebuild; what serves goes on serving; only says so, without --yes')
      .addArgument(new Argument('<generation>', 'as projection list shows it').argParser(wholeNumber(1))),
  )
    .option('--yes', 'do it')
    .option('--json', 'print one JSON array')
    .action(async (generation: number, flags: CancelFlags) => {
      const { actor, reason } = mandateFrom(flags, context.environment());
      await using database = await open(context);
      const before = await readGenerations(database);
      if (!before.some((one) => one.generation === generation && one.state === 'building'))
        throw noRebuild(generation);
      if (!flags.yes) {
        const asSentence = (generations: readonly Generation[]) =>
          `Would give up generation ${generation}; --yes does it:\n${asText(generations)}`;
        await answer(context.terminal, formatFrom(flags), before, asSentence);
        return;
      }
      // It may have begun to serve since.
      if (!(await cancelRebuild(database, generation, actor, reason))) throw noRebuild(generation);
      await answer(context.terminal, formatFrom(flags), await readGenerations(database), asText);
    });
}

function noRebuild(generation: number): OperatorError {
  return new OperatorError(`Generation ${generation} is not being built: see waybill projection list.`, {
    code: 'NOT_FOUND',
  });
}

function progressOf({ messagesLeft, comparison, keysBehind, waitsFor }: Generation): string {
  return [
    `${orDash(messagesLeft)} messages left`,
    ...(comparison === 'not begun' ? [] : [`comparison ${comparison}`]),
    ...(keysBehind ? [`${counted(keysBehind, 'order')} behind`] : []),
    ...(waitsFor === null ? [] : [`waits for ${waitsFor}`]),
  ].join(', ');
}

const columns: readonly Column<Generation>[] = [
  { title: 'generation', align: 'right', text: ({ generation }) => String(generation) },
  { title: 'state', text: ({ state }) => state },
  { title: 'messages left', align: 'right', text: ({ messagesLeft }) => orDash(messagesLeft, String) },
  { title: 'compared', text: ({ comparison }) => orDash(comparison) },
  { title: 'behind', align: 'right', text: ({ keysBehind }) => orDash(keysBehind, String) },
  { title: 'waits for', text: ({ waitsFor }) => orDash(waitsFor) },
  { title: 'started', text: ({ startedAt }) => startedAt },
  { title: 'serves since', text: ({ switchedAt }) => orDash(switchedAt) },
  { title: 'by', text: ({ actor }) => actor },
  { title: 'because', text: ({ reason }) => reason },
  { title: 'given up', text: givenUp },
];

function givenUp({ cancelledAt, cancelledBy, cancelledBecause }: Generation): string {
  return cancelledAt === null ? '–' : `${cancelledAt} by ${cancelledBy}: ${cancelledBecause}`;
}

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
