import { type Command, Option } from 'commander';
import { findParked, findParkedHeads, readParkedKey } from '@waybill/outbox/operations';
import { answer, formatFrom } from '../command-line/answer.ts';
import { wholeNumber } from '../command-line/arguments.ts';
import type { CommandContext } from '../command-line/context.ts';
import { databaseSettingsFrom } from '../config.ts';
import { openDatabase } from '../database/operator-database.ts';
import { type FilterFlags, filterFrom, withFilter } from './filter.ts';
import { headsAsText, parkedAsText } from './parked-as-text.ts';
import { laneArgument, notParked, seqArgument } from './places.ts';
import { registerWishes } from './register-wishes.ts';

interface ListFlags extends FilterFlags {
  readonly limit: number;
  readonly json?: true;
}

export function registerParked(program: Command, context: CommandContext): void {
  const parked = program
    .command('parked')
    .description('events that Kafka refused, and what waits behind them');
  withFilter(parked.command('list').description('show the first parked event of each key, oldest first'))
    .addOption(new Option('--limit <number>', 'at most so many').argParser(wholeNumber(1)).default(100))
    .option('--json', 'print one JSON array')
    .action(async (flags: ListFlags) => {
      await using database = await openDatabase(
        databaseSettingsFrom(context.environment()).WAYBILL_DATABASE_URL,
      );
      const heads = await findParkedHeads(database, filterFrom(flags), flags.limit);
      await answer(context.terminal, formatFrom(flags), heads, headsAsText);
    });
  parked
    .command('show')
    .description('show one parked event and its key’s others, without their contents')
    .addArgument(laneArgument())
    .addArgument(seqArgument())
    .option('--json', 'print one JSON object')
    .action(async (lane: number, seq: number, flags: { readonly json?: true }) => {
      await using database = await openDatabase(
        databaseSettingsFrom(context.environment()).WAYBILL_DATABASE_URL,
      );
      const event = await findParked(database, lane, BigInt(seq));
      if (event === undefined) throw notParked(lane, seq);
      const key = await readParkedKey(database, lane, event.key);
      await answer(context.terminal, formatFrom(flags), { event, key }, parkedAsText);
    });
  registerWishes(parked, context);
}
