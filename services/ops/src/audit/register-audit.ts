import type { Command } from 'commander';
import { answer, formatFrom } from '../command-line/answer.ts';
import { duration, wholeNumber } from '../command-line/arguments.ts';
import type { CommandContext } from '../command-line/context.ts';
import { databaseSettingsFrom } from '../config.ts';
import { openDatabase } from '../database/operator-database.ts';
import { printable } from '../display/table.ts';
import { type AuditRow, readAuditLog } from './audit-log.sql.ts';

interface AuditFlags {
  readonly since?: number;
  readonly actor?: string;
  readonly row?: string;
  readonly request?: string;
  readonly limit: number;
  readonly json?: true;
}

export function registerAudit(program: Command, context: CommandContext): void {
  program
    .command('audit')
    .description('who changed which user, product or order: newest first')
    .option('--since <duration>', 'how far back: 15m, 2h, 7d', duration)
    .option('--actor <subject>', 'only what this token’s subject did')
    .option('--row <id>', 'only what happened to this user, product or order')
    .option('--request <id>', 'only what this request did')
    .option('--limit <n>', 'entries at most', wholeNumber(1), 50)
    .option('--json', 'print one JSON object')
    .action(async (flags: AuditFlags) => {
      await using database = await openDatabase(
        databaseSettingsFrom(context.environment()).WAYBILL_DATABASE_URL,
      );
      const { since, actor = null, row = null, request = null, limit } = flags;
      const filter = {
        since: since === undefined ? null : new Date(Date.now() - since),
        actor,
        rowId: row,
        requestId: request,
        limit,
      };
      const entries = await readAuditLog(database, filter);
      await answer(context.terminal, formatFrom(flags), { entries }, () => entries.map(asText).join(''));
    });
}

function asText({ at, actor, action, row_id, row_version, request_id }: AuditRow): string {
  const version = row_version === null ? '' : ` version ${row_version}`;
  const request = request_id === null ? '' : ` request ${printable(request_id)}`;
  return `${at.toISOString()} ${action} ${printable(row_id)}${version} by ${printable(actor)}${request}\n`;
}
