import { hostname } from 'node:os';
import type { Mandate } from '@waybill/outbox/operations';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Environment } from '../config.ts';

export interface MandateFlags {
  readonly reason: string;
  readonly actor?: string;
}

/** Adds `--reason`, which is required, and `--actor`: every change is audited with both. */
export function withMandate(command: Command): Command {
  return command
    .addOption(
      new Option('--reason <text>', 'why; kept in the audit log').makeOptionMandatory().argParser(notEmpty),
    )
    .addOption(new Option('--actor <name>', 'who; by default $USER@host').argParser(notEmpty));
}

export function mandateFrom({ reason, actor }: MandateFlags, environment: Environment): Mandate {
  return { reason, actor: actor ?? `${environment['USER'] || 'unknown'}@${hostname()}` };
}

function notEmpty(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}
