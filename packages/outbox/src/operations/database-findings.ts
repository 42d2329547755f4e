import { clockFindings } from './clock-findings.ts';
import type { DoctorLimits, Facts } from './facts.ts';
import type { Finding } from './finding.ts';

/** What is wrong with the database, its disk and the clocks. */
export function databaseFindings(facts: Facts, limits: DoctorLimits): Finding[] {
  return [
    ...strayFindings(facts),
    ...parkedFindings(facts),
    ...transactionFindings(facts),
    ...partitionFindings(facts),
    ...diskFindings(facts, limits),
    ...clockFindings(facts, limits),
  ];
}

function strayFindings({ strayLanes }: Facts): Finding[] {
  if (strayLanes.length === 0) return [];
  return [
    {
      cause: 'STRAY_LANES',
      subject: `lane ${strayLanes.join(', ')}`,
      what: `Events wait in lane ${strayLanes.join(', ')}, which outbox_lane does not know: nobody publishes them.`,
      remedy:
        'Somebody wrote past enqueue. Add the topic by a migration (outbox_add_topic), or move the rows.',
    },
  ];
}

function parkedFindings({ parked }: Facts): Finding[] {
  return [...Map.groupBy(parked, ({ topic }) => topic)].map(([topic, own]) => ({
    cause: 'EVENTS_PARKED',
    subject: topic,
    what: `${topic} has parked events: ${own.map(({ events, reason }) => `${events} for ${reason}`).join(', ')}.`,
    remedy: `waybill parked list --topic ${topic} shows them; redrive them once the reason is gone, or discard them.`,
  }));
}

function transactionFindings({ openTransactions }: Facts): Finding[] {
  return openTransactions.transactions.map(({ pid, application, user, state, age_ms }) => ({
    cause: 'LONG_TRANSACTION',
    subject: pid === null ? `prepared transaction ${application}` : `process ${pid}`,
    what: `A transaction of ${user} (${application || 'no application name'}, ${state}) is open for ${Math.round(age_ms / 1_000)} s: nothing that was changed since can be cleaned up.`,
    remedy:
      pid === null
        ? `Commit it, or: rollback prepared '${application}'.`
        : `End what holds it, or: select pg_terminate_backend(${pid}).`,
  }));
}

/** Rows in a default partition are why the partition of their day cannot be made. */
function partitionFindings({ missingPartitions, defaultPartitions }: Facts): Finding[] {
  const inDefault = defaultPartitions.map(
    ({ parent, rows, days }): Finding => ({
      cause: 'DEFAULT_PARTITION_USED',
      subject: `${parent}_default`,
      what: `${rows >= 1_000 ? 'At least 1,000' : rows} rows of ${days.join(', ')} are in ${parent}_default, because their day had no partition.`,
      remedy:
        'Nothing is lost, and upkeep swaps it once its rows are published and old. See why upkeep did not run.',
    }),
  );
  const blocked = new Set(
    defaultPartitions.flatMap(({ parent, days }) => days.map((day) => `${parent} ${day}`)),
  );
  const missing = missingPartitions.filter(({ parent, day }) => !blocked.has(`${parent} ${day}`));
  return [
    ...inDefault,
    ...[...Map.groupBy(missing, ({ parent }) => parent)].map(
      ([parent, own]): Finding => ({
        cause: 'PARTITION_MISSING',
        subject: parent,
        what: `${parent} has no partition for ${own.map(({ day }) => day).join(', ')}.`,
        remedy:
          'A running relay makes them every hour; at once: select outbox_make_partitions(7), as waybill_jobs.',
      }),
    ),
  ];
}

function diskFindings({ disks }: Facts, { freeBytes, freeShare }: DoctorLimits): Finding[] {
  return disks
    .filter((disk) => disk.freeBytes < freeBytes || disk.freeBytes < disk.totalBytes * freeShare)
    .map((disk) => ({
      cause: 'DISK_LOW',
      subject: disk.name,
      what: `${disk.name} has ${megabytes(disk.freeBytes)} of ${megabytes(disk.totalBytes)} free.`,
      remedy: 'Make room or enlarge it before it is full: PostgreSQL and Kafka stop on a full disk.',
    }));
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1_048_576)} MiB`;
}
