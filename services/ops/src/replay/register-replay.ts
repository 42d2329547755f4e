import {
  cancelReplay,
  readLaneStates,
  readNewestReplays,
  type ReplaySelection,
  requestReplays,
  selectForReplay,
} from '@waybill/outbox/operations';
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { answer, formatFrom } from '../command-line/answer.ts';
import { instant, waitingTime, wholeNumber } from '../command-line/arguments.ts';
import type { CommandContext } from '../command-line/context.ts';
import { mandateFrom, type MandateFlags, withMandate } from '../command-line/mandate.ts';
import { databaseSettingsFrom } from '../config.ts';
import { openDatabase } from '../database/operator-database.ts';
import { progressTo } from '../display/progress.ts';
import { exitCodes } from '../exit-codes.ts';
import { OperatorError } from '../operator-error.ts';
import { followReplays } from './follow-replays.ts';
import { lanesOfTopic } from '../lanes/lanes-of-topic.ts';
import { planReplay } from './plan-replay.ts';
import { replayAsText, replaysAsText } from './replay-as-text.ts';

interface ReplayFlags extends MandateFlags {
  readonly topic?: string;
  readonly order?: string;
  readonly from?: Date;
  readonly to?: Date;
  readonly seq?: { readonly first: bigint; readonly last: bigint };
  readonly perSecond: number;
  readonly wait: number;
  readonly yes?: true;
  readonly json?: true;
}

export function registerReplay(program: Command, context: CommandContext): void {
  const replay = program
    .command('replay')
    .description('published events into Kafka once more, marked as replayed');
  registerStart(replay, context);
  replay
    .command('list')
    .description('show the newest replays, the relay’s own after a lost log among them')
    .addOption(new Option('--limit <number>', 'at most so many').argParser(wholeNumber(1)).default(20))
    .option('--json', 'print one JSON array')
    .action(async (flags: { readonly limit: number; readonly json?: true }) => {
      await using database = await openDatabase(
        databaseSettingsFrom(context.environment()).WAYBILL_DATABASE_URL,
      );
      const replays = await readNewestReplays(database, flags.limit);
      await answer(context.terminal, formatFrom(flags), replays, replaysAsText);
    });
  withMandate(
    replay
      .command('cancel')
      .description('end a replay that is under way; what is in Kafka stays there')
      .addArgument(new Argument('<id>', 'as replay list shows it').argParser(wholeNumber(1))),
  )
    .option('--json', 'print one JSON object')
    .action(async (id: number, flags: MandateFlags & { readonly json?: true }) => {
      const environment = context.environment();
      await using database = await openDatabase(databaseSettingsFrom(environment).WAYBILL_DATABASE_URL);
      if (!(await cancelReplay(database, BigInt(id), mandateFrom(flags, environment)))) {
        throw new OperatorError(`No replay ${id} is under way: waybill replay list shows them.`, {
          code: 'NOT_FOUND',
        });
      }
      await answer(
        context.terminal,
        formatFrom(flags),
        { cancelled: id },
        () => `Replay ${id} is cancelled.\n`,
      );
    });
}

function registerStart(replay: Command, context: CommandContext): void {
  withMandate(
    replay
      .command('start')
      .description('choose by order, time or seq, and publish again; only says how many, without --yes')
      .option('--topic <topic>', 'of this topic')
      .option('--order <id>', 'of this order (the events’ key)')
      .addOption(new Option('--from <time>', 'written at or after').argParser(instant))
      .addOption(new Option('--to <time>', 'written before').argParser(instant))
      .addOption(new Option('--seq <first..last>', 'of this range').argParser(seqRange)),
  )
    .addOption(
      new Option('--per-second <events>', 'at most so many, over all lanes')
        .argParser(wholeNumber(1, 100_000))
        .default(100),
    )
    .addOption(
      new Option('--wait <duration>', 'how long to follow; the replay goes on without')
        .argParser(waitingTime)
        .default(300_000, '5m'),
    )
    .option('--yes', 'do it')
    .option('--json', 'print one JSON object')
    .action(async (flags: ReplayFlags) => {
      const environment = context.environment();
      const mandate = mandateFrom(flags, environment);
      const selection = selectionFrom(flags);
      const format = formatFrom(flags);
      await using database = await openDatabase(databaseSettingsFrom(environment).WAYBILL_DATABASE_URL);
      if (selection.topic !== undefined) lanesOfTopic(await readLaneStates(database), selection.topic);
      const plan = planReplay(await selectForReplay(database, selection), flags.perSecond);
      if (!flags.yes || plan.events === 0) {
        await answer(context.terminal, format, { dryRun: true, plan, replays: [] }, replayAsText);
        return;
      }
      const ids = await requestReplays(database, plan.lanes, selection, mandate);
      const replays = await followReplays(
        database,
        ids,
        plan.events,
        AbortSignal.any([context.interruption(), AbortSignal.timeout(flags.wait)]),
        progressTo(context.terminal.err, format),
      );
      await answer(context.terminal, format, { dryRun: false, plan, replays }, replayAsText);
      if (replays.some(({ state }) => state !== 'finished')) context.exitWith(exitCodes.failed);
    });
}

function selectionFrom({ topic, order, from, to, seq }: ReplayFlags): ReplaySelection {
  const selection: ReplaySelection = {
    ...(topic === undefined ? {} : { topic }),
    ...(order === undefined ? {} : { key: order }),
    ...(from === undefined ? {} : { createdFrom: from }),
    ...(to === undefined ? {} : { createdTo: to }),
    ...(seq === undefined ? {} : { fromSeq: seq.first, toSeq: seq.last }),
  };
  if (Object.keys(selection).length === 0) {
    throw new OperatorError('Say which: --order, --from, --to, --seq or --topic.', { code: 'USAGE' });
  }
  return selection;
}

function seqRange(text: string): { first: bigint; last: bigint } {
  const [, first, last] = /^(\d{1,18})\.\.(\d{1,18})$/.exec(text) ?? [];
  if (first === undefined || last === undefined || BigInt(first) > BigInt(last)) {
    throw new InvalidArgumentError('It must be a range, for example 100..200.');
  }
  return { first: BigInt(first), last: BigInt(last) };
}
