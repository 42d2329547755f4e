import { everyTopic } from '@waybill/contracts';
import { defaultDoctorLimits, examine } from '@waybill/outbox/operations';
import { type Command, Option } from 'commander';
import { answer, formatFrom } from '../command-line/answer.ts';
import { duration, wholeNumber } from '../command-line/arguments.ts';
import type { CommandContext } from '../command-line/context.ts';
import { databaseSettingsFrom, kafkaSettingsFrom } from '../config.ts';
import { openDatabase } from '../database/operator-database.ts';
import { exitCodes } from '../exit-codes.ts';
import { describeBroker } from '../kafka/describe-broker.ts';
import { diagnosisAsText } from './doctor-as-text.ts';
import { type LimitFlags, limitsFrom, mebibyte } from './doctor-limits.ts';
import { readDisks } from './read-disks.ts';

interface DoctorFlags extends LimitFlags {
  readonly json?: true;
}

const { freeBytes, freeShare } = defaultDoctorLimits;

export function registerDoctor(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description('name what is wrong and what to do about it; exits 3 when it found something')
    .addOption(
      new Option('--transaction <duration>', 'one that is open for longer is too long')
        .argParser(duration)
        .default(defaultDoctorLimits.transactionMs, '10m'),
    )
    .addOption(
      new Option('--waiting <duration>', 'an event that waits longer waits too long')
        .argParser(duration)
        .default(defaultDoctorLimits.pendingMs, '30s'),
    )
    .addOption(
      new Option(
        '--free-mib <number>',
        `less free space on a disk is too little (default: ${freeBytes / mebibyte}, and ${freeShare * 100} % of the disk)`,
      ).argParser(wholeNumber(0)),
    )
    .option('--json', 'print one JSON object')
    .action(async (flags: DoctorFlags) => {
      const environment = context.environment();
      const { WAYBILL_DATABASE_URL: url } = databaseSettingsFrom(environment);
      const kafka = kafkaSettingsFrom(environment);
      await using database = await openDatabase(url);
      const diagnosis = await examine(
        {
          database,
          describeBroker: (names) => describeBroker(kafka, names),
          readDisks: (dataDirectory, names) => readDisks(url, dataDirectory, kafka, names),
          now: Date.now,
        },
        everyTopic,
        limitsFrom(flags),
        context.interruption(),
      );
      await answer(context.terminal, formatFrom(flags), diagnosis, diagnosisAsText);
      if (diagnosis.findings.length > 0) context.exitWith(exitCodes.findings);
    });
}
