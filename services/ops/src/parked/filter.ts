import type { ParkedFilter } from '@waybill/outbox/operations';
import type { Command } from 'commander';

export interface FilterFlags {
  readonly topic?: string;
  readonly because?: string;
  readonly key?: string;
}

/** `--because`, since `--reason` says everywhere why the operator does something. */
export function withFilter(command: Command): Command {
  return command
    .option('--topic <topic>', 'of this topic')
    .option('--because <code>', 'parked for this, for example MESSAGE_TOO_LARGE')
    .option('--key <key>', 'of this key: an order’s id');
}

export function filterFrom({ topic, because, key }: FilterFlags): ParkedFilter {
  return {
    ...(topic === undefined ? {} : { topic }),
    ...(because === undefined ? {} : { reason: because }),
    ...(key === undefined ? {} : { key }),
  };
}
