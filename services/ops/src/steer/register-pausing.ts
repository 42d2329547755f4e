import {
  findUnawareLanes,
  pauseLanes,
  type Queryable,
  readLaneStates,
  resumeLanes,
} from '@waybill/outbox/operations';
import { wait } from '@waybill/retry';
import { type Command, Option } from 'commander';
import { answer, formatFrom } from '../command-line/answer.ts';
import { waitingTime, wholeNumbers } from '../command-line/arguments.ts';
import type { CommandContext } from '../command-line/context.ts';
import { mandateFrom, type MandateFlags, withMandate } from '../command-line/mandate.ts';
import { databaseSettingsFrom } from '../config.ts';
import { openDatabase } from '../database/operator-database.ts';
import { counted } from '../display/amounts.ts';
import { exitCodes } from '../exit-codes.ts';
import { lanesOfTopic } from '../lanes/lanes-of-topic.ts';
import { OperatorError } from '../operator-error.ts';

interface PausingFlags extends MandateFlags {
  readonly all?: true;
  readonly topic?: string;
  readonly lane?: readonly number[];
  readonly wait: number;
  readonly json?: true;
}

interface PausingOutcome {
  readonly action: 'pause' | 'resume';
  /** Lanes that were not so before. */
  readonly lanes: readonly number[];
  /** Of all that were chosen, those whose relay has not read it yet: another operator may just have paused them. */
  readonly notYet: readonly number[];
}

const lookEveryMs = 100;

export function registerPausing(program: Command, context: CommandContext): void {
  register(program, context, 'pause', 'hold lanes back: what is under way is finished, the rest waits');
  register(program, context, 'resume', 'let paused lanes go on');
}

function register(
  program: Command,
  context: CommandContext,
  action: PausingOutcome['action'],
  description: string,
): void {
  withMandate(program.command(action).description(description))
    .option('--all', 'every lane')
    .option('--topic <topic>', 'this topic’s lanes')
    .addOption(new Option('--lane <number>', 'this lane; may be repeated').argParser(wholeNumbers(1)))
    .addOption(
      new Option('--wait <duration>', 'how long relays get to notice: they look once per heartbeat, a second')
        .argParser(waitingTime)
        .default(15_000, '15s'),
    )
    .option('--json', 'print one JSON object')
    .action(async (flags: PausingFlags) => {
      const environment = context.environment();
      const mandate = mandateFrom(flags, environment);
      requireOneSelection(flags);
      await using database = await openDatabase(databaseSettingsFrom(environment).WAYBILL_DATABASE_URL);
      const lanes = await chosenLanes(database, flags);
      const change = await (action === 'pause' ? pauseLanes : resumeLanes)(database, lanes, mandate);
      const notYet = await untilNoticed(database, lanes, change.at, flags.wait, context.interruption());
      const outcome: PausingOutcome = { action, lanes: change.lanes, notYet };
      await answer(context.terminal, formatFrom(flags), outcome, outcomeAsText);
      if (notYet.length > 0) context.exitWith(exitCodes.failed);
    });
}

function requireOneSelection({ all, topic, lane }: PausingFlags): void {
  const given = [all, topic, lane].filter((flag) => flag !== undefined).length;
  if (given !== 1) throw new OperatorError('Say one of --all, --topic and --lane.', { code: 'USAGE' });
}

async function chosenLanes(database: Queryable, { all, topic, lane }: PausingFlags): Promise<number[]> {
  const known = await readLaneStates(database);
  if (topic !== undefined) return lanesOfTopic(known, topic).map((state) => state.lane);
  const unknown = lane?.filter((number) => !known.some((state) => state.lane === number)) ?? [];
  if (unknown.length > 0) {
    throw new OperatorError(`There is no lane ${unknown.join(', ')}: waybill lanes shows them.`, {
      code: 'NOT_FOUND',
    });
  }
  return known.map((state) => state.lane).filter((number) => all === true || lane?.includes(number) === true);
}

async function untilNoticed(
  database: Queryable,
  lanes: readonly number[],
  at: string,
  limitMs: number,
  signal: AbortSignal,
): Promise<number[]> {
  const over = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  let notYet = await findUnawareLanes(database, lanes, at);
  while (notYet.length > 0 && !over.aborted) {
    await wait(lookEveryMs, over);
    notYet = await findUnawareLanes(database, lanes, at);
  }
  return notYet;
}

function outcomeAsText({ action, lanes, notYet }: PausingOutcome): string {
  const done = action === 'pause' ? 'paused' : 'resumed';
  const what =
    lanes.length === 0
      ? `Nothing to do: all of them are ${action === 'pause' ? 'paused' : 'not paused'}.`
      : `${counted(lanes.length, 'lane')} ${done}: ${lanes.join(', ')}.`;
  if (notYet.length > 0) return `${what} Not noticed by the relay yet: lane ${notYet.join(', ')}.\n`;
  if (lanes.length === 0) return `${what}\n`;
  return `${what} The relays know${action === 'pause' ? '; a batch under way may still end' : ''}.\n`;
}
