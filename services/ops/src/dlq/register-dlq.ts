import { wait } from '@waybill/retry';
import { Argument, type Command, Option } from 'commander';
import { answer, formatFrom } from '../command-line/answer.ts';
import { waitingTime, wholeNumber } from '../command-line/arguments.ts';
import type { CommandContext } from '../command-line/context.ts';
import { mandateFrom, type MandateFlags, withMandate } from '../command-line/mandate.ts';
import { salesDatabaseSettingsFrom } from '../config.ts';
import { openDatabase, type OperatorDatabase } from '../database/operator-database.ts';
import { exitCodes } from '../exit-codes.ts';
import { OperatorError } from '../operator-error.ts';
import {
  type DeadLetter,
  findDeadLetters,
  type LetterFilter,
  readAudit,
  readContent,
  wishFor,
} from './dead-letters.sql.ts';
import { letterAsText, lettersAsText, wishAsText } from './dead-letters-as-text.ts';

interface FilterFlags {
  readonly group?: string;
  readonly topic?: string;
  readonly key?: string;
}

interface ListFlags extends FilterFlags {
  readonly all?: true;
  readonly limit: number;
  readonly json?: true;
}

interface WishFlags extends FilterFlags, MandateFlags {
  readonly all?: true;
  readonly yes?: true;
  readonly wait: number;
  readonly json?: true;
}

const descriptions = {
  redrive: 'have a consumer apply dead letters again, per key in order; what waits behind them follows',
  discard: 'give dead letters up: what waits behind them goes on without them',
} as const;

/** More at once would hold a consumer's upkeep up for long. */
const wishesAtMost = 10_000;
const lookEveryMs = 200;

export function registerDlq(program: Command, context: CommandContext): void {
  const dlq = program.command('dlq').description('messages that a consumer could not apply');
  withFilter(dlq.command('list').description('show dead letters that wait for somebody'))
    .option('--all', 'also those that were redriven or discarded')
    .addOption(new Option('--limit <number>', 'at most so many').argParser(wholeNumber(1)).default(100))
    .option('--json', 'print one JSON array')
    .action(async (flags: ListFlags) => {
      await using database = await open(context);
      const states: LetterFilter['states'] = flags.all ? ['waiting', 'redriven', 'discarded'] : ['waiting'];
      const letters = await findDeadLetters(database, { ...flags, states }, flags.limit);
      await answer(context.terminal, formatFrom(flags), letters, lettersAsText);
    });
  dlq
    .command('show')
    .description('show one dead letter: why, its headers and value, and what was done about it')
    .addArgument(new Argument('<id>', 'as dlq list shows it').argParser(wholeNumber(1)))
    .option('--json', 'print one JSON object')
    .action(async (id: number, flags: { readonly json?: true }) => {
      await using database = await open(context);
      const [letter] = await findDeadLetters(
        database,
        { id, states: ['waiting', 'redriven', 'discarded'] },
        1,
      );
      const content = await readContent(database, id);
      if (!letter || !content) {
        throw new OperatorError(`There is no dead letter ${id}: waybill dlq list shows those that wait.`, {
          code: 'NOT_FOUND',
        });
      }
      const shown = { letter, content, audit: await readAudit(database, id) };
      await answer(context.terminal, formatFrom(flags), shown, letterAsText);
    });
  registerWish(dlq, context, 'redrive');
  registerWish(dlq, context, 'discard');
}

function registerWish(dlq: Command, context: CommandContext, wish: 'redrive' | 'discard'): void {
  const command = dlq
    .command(wish)
    .description(`${descriptions[wish]}; only says what it would do, without --yes`)
    .addArgument(new Argument('[id]', 'this one').argParser(wholeNumber(1)))
    .option('--all', 'every one that waits');
  withMandate(withFilter(command))
    .option('--yes', 'do it')
    .addOption(
      new Option('--wait <duration>', 'how long to follow; what is asked for stays asked for')
        .argParser(waitingTime)
        .default(60_000, '1m'),
    )
    .option('--json', 'print one JSON object')
    .action(async (id: number | undefined, flags: WishFlags) => {
      const mandate = mandateFrom(flags, context.environment());
      const filter = filterFrom(id, flags);
      const format = formatFrom(flags);
      await using database = await open(context);
      const letters = await findDeadLetters(database, filter, wishesAtMost);
      if (!flags.yes) {
        await answer(context.terminal, format, { wish, dryRun: true, letters }, wishAsText);
        return;
      }
      for (const letter of letters) await wishFor(database, { id: letter.id, wish, ...mandate });
      const signal = AbortSignal.any([context.interruption(), AbortSignal.timeout(flags.wait)]);
      const ids = letters.map((letter) => letter.id);
      const outcome = await follow(database, ids, signal);
      await answer(context.terminal, format, { wish, dryRun: false, letters: outcome }, wishAsText);
      if (outcome.some(({ state }) => state === 'waiting')) context.exitWith(exitCodes.failed);
    });
}

/** Looks until no wish is open: carried out, or tried in vain. */
async function follow(database: OperatorDatabase, ids: readonly number[], signal: AbortSignal) {
  const states: LetterFilter['states'] = ['waiting', 'redriven', 'discarded'];
  for (;;) {
    // One after another: it is one connection, which does not take a query while another is under way.
    const letters: DeadLetter[] = [];
    for (const id of ids) letters.push(...(await findDeadLetters(database, { id, states }, 1)));
    if (signal.aborted || letters.every(({ wish }) => wish === null)) return letters;
    await wait(lookEveryMs, signal);
  }
}

function open(context: CommandContext): Promise<OperatorDatabase> {
  const { WAYBILL_SALES_DATABASE_URL: url } = salesDatabaseSettingsFrom(context.environment());
  return openDatabase(url, 'The consumer’s database');
}

function withFilter(command: Command): Command {
  return command
    .option('--group <name>', 'of this consumer group')
    .option('--topic <name>', 'from this topic')
    .option('--key <key>', 'of this key');
}

/** @throws OperatorError USAGE unless it is clear which ones are meant */
function filterFrom(id: number | undefined, { group, topic, key, all }: WishFlags): LetterFilter {
  const filters = [group, topic, key].filter((filter) => filter !== undefined).length;
  const ways = [id !== undefined, all === true, filters > 0].filter(Boolean).length;
  if (ways !== 1) {
    throw new OperatorError('Say an id, or some of --group, --topic and --key, or --all.', { code: 'USAGE' });
  }
  return { id, group, topic, key, states: ['waiting'] };
}
