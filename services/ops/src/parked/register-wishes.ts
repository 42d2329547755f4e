import type { Wish } from '@waybill/outbox/operations';
import { Argument, type Command, Option } from 'commander';
import { answer, formatFrom } from '../command-line/answer.ts';
import { waitingTime, wholeNumber } from '../command-line/arguments.ts';
import type { CommandContext } from '../command-line/context.ts';
import { mandateFrom, type MandateFlags, withMandate } from '../command-line/mandate.ts';
import { databaseSettingsFrom } from '../config.ts';
import { openDatabase } from '../database/operator-database.ts';
import { progressTo } from '../display/progress.ts';
import { exitCodes } from '../exit-codes.ts';
import { OperatorError } from '../operator-error.ts';
import { carryOut } from './carry-out.ts';
import { chooseEvents, type Choice } from './choose-events.ts';
import { type FilterFlags, withFilter } from './filter.ts';
import { wishAsText, wished } from './wish-as-text.ts';

interface WishFlags extends FilterFlags, MandateFlags {
  readonly all?: true;
  readonly withFollowers?: true;
  readonly yes?: true;
  readonly perSecond: number;
  readonly wait: number;
  readonly json?: true;
}

const descriptions = {
  redrive: 'try parked events again, per key in order; those behind them follow by themselves',
  discard:
    'give parked events up: a marker with their version goes to Kafka in their place; those behind them follow',
} as const;

export function registerWishes(parked: Command, context: CommandContext): void {
  register(parked, context, 'redrive');
  register(parked, context, 'discard');
}

function register(parked: Command, context: CommandContext, wish: Wish): void {
  const command = parked
    .command(wish)
    .description(`${descriptions[wish]}; only says what it would do, without --yes`)
    .addArgument(new Argument('[lane]', 'with seq: this one').argParser(wholeNumber(1)))
    .addArgument(new Argument('[seq]', 'as parked list shows it').argParser(wholeNumber(1)))
    .option('--all', 'everything that is parked');
  withMandate(withFilter(command))
    .option('--yes', 'do it')
    .addOption(
      new Option('--per-second <events>', 'at most so many, so that Kafka is not flooded')
        .argParser(wholeNumber(1))
        .default(100),
    )
    .addOption(
      new Option('--wait <duration>', 'how long to follow; what is asked for stays asked for')
        .argParser(waitingTime)
        .default(300_000, '5m'),
    )
    .option('--json', 'print one JSON object');
  if (wish === 'discard') {
    command.option('--with-followers', 'also those that wait behind the first of their key');
  }
  command.action(async (lane: number | undefined, seq: number | undefined, flags: WishFlags) => {
    const environment = context.environment();
    const mandate = mandateFrom(flags, environment);
    const choice = choiceFrom(lane, seq, flags);
    const format = formatFrom(flags);
    await using database = await openDatabase(databaseSettingsFrom(environment).WAYBILL_DATABASE_URL);
    const { events, more } = await chooseEvents(database, wish, choice);
    if (!flags.yes) {
      await answer(context.terminal, format, { wish, dryRun: true, events, more }, wishAsText);
      return;
    }
    const outcomes = await carryOut(database, wish, events, {
      mandate,
      perSecond: flags.perSecond,
      signal: AbortSignal.any([context.interruption(), AbortSignal.timeout(flags.wait)]),
      progress: progressTo(context.terminal.err, format),
    });
    await answer(context.terminal, format, { wish, dryRun: false, outcomes, more }, wishAsText);
    if (outcomes.some(({ state }) => state !== wished[wish])) context.exitWith(exitCodes.failed);
  });
}

/** @throws OperatorError USAGE unless it is clear which ones are meant */
function choiceFrom(lane: number | undefined, seq: number | undefined, flags: WishFlags): Choice {
  const followers = flags.withFollowers ? 'too' : 'left alone';
  const filters = [flags.topic, flags.because, flags.key].filter((filter) => filter !== undefined).length;
  if (lane !== undefined && seq !== undefined && filters === 0 && !flags.all) {
    return { kind: 'one', lane, seq: BigInt(seq), followers };
  }
  if (lane !== undefined || (filters === 0) === (flags.all !== true)) {
    throw new OperatorError('Say lane and seq, or some of --topic, --because and --key, or --all.', {
      code: 'USAGE',
    });
  }
  return { kind: 'some', flags, followers };
}
