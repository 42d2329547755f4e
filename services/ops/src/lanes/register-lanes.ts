import {
  BACKLOG_CAP,
  type LaneBacklog,
  type LaneState,
  readLaneBacklog,
  readLaneStates,
} from '@waybill/outbox/operations';
import type { Command } from 'commander';
import { answer, formatFrom } from '../command-line/answer.ts';
import type { CommandContext } from '../command-line/context.ts';
import { databaseSettingsFrom } from '../config.ts';
import { openDatabase } from '../database/operator-database.ts';
import { lanesAsText, type ShownLane } from './lanes-as-text.ts';
import { lanesOfTopic } from './lanes-of-topic.ts';

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
      const lanes = withBacklog(await readLaneStates(database), await readLaneBacklog(database, BACKLOG_CAP));
      const chosen = flags.topic === undefined ? lanes : lanesOfTopic(lanes, flags.topic);
      await answer(context.terminal, formatFrom(flags), chosen, lanesAsText);
    });
}

function withBacklog(states: readonly LaneState[], backlog: readonly LaneBacklog[]): ShownLane[] {
  const byLane = new Map(backlog.map((lane) => [lane.lane, lane]));
  return states.map((state) => {
    const { pending = 0, oldestAgeMs = null, parked = 0 } = byLane.get(state.lane) ?? {};
    return {
      ...state,
      pending,
      pendingIs: pending >= BACKLOG_CAP ? 'at least' : 'exact',
      oldestAgeMs: oldestAgeMs === null ? null : Math.round(oldestAgeMs),
      parked,
    };
  });
}
