import { readLaneStates } from '@waybill/outbox/operations';
import type { Command } from 'commander';
import { answer, formatFrom } from '../command-line/answer.ts';
import type { CommandContext } from '../command-line/context.ts';
import { databaseSettingsFrom } from '../config.ts';
import { openDatabase } from '../database/operator-database.ts';
import { lanesAsText } from './lanes-as-text.ts';

interface LanesFlags {
  readonly topic?: string;
  readonly json?: true;
}

export function registerLanes(program: Command, context: CommandContext): void {
  program
    .command('lanes')
    .description('show every lane: who holds it, how far it is, what waits in it')
    .option('--topic <topic>', 'only this one’s')
    .option('--json', 'print one JSON array')
    .action(async (flags: LanesFlags) => {
      await using database = await openDatabase(
        databaseSettingsFrom(context.environment()).WAYBILL_DATABASE_URL,
      );
      const lanes = await readLaneStates(database);
      const chosen = lanes.filter(({ topic }) => flags.topic === undefined || topic === flags.topic);
      await answer(context.terminal, formatFrom(flags), chosen, lanesAsText);
    });
}
