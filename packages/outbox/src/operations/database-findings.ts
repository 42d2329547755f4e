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
    what: `${topic} has parked events: ${own.map(({ events, eventsAre, reason }) => `${eventsAre === 'exact' ? '' : 'at least '}${events} for ${reason}`).join(', ')}.`,
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

/**
 * Days without a partition and rows that found none have one cause, upkeep that does not run. Which of those days are
 * blocked by such rows is not asked: no index has the time, and each answer could take a look at every row there.
 */
function partitionFindings({ missingPartitions, defaultPartitions }: Facts): Finding[] {
  const missing = [...Map.groupBy(missingPartitions, ({ parent }) => parent)].map(([parent, own]) => ({
    parent,
    what: `${parent} has no partition for ${own.map(({ day }) => day).join(', ')}.`,
  }));
  if (defaultPartitions.length > 0) {
    return [
      defaultPartitionUsed(
        defaultPartitions,
        missing.map(({ what }) => what),
      ),
    ];
  }
  return missing.map(({ parent, what }) => ({
    cause: 'PARTITION_MISSING',
    subject: parent,
    what,
    remedy:
      'A running relay makes them every hour; at once: select outbox_make_partitions(7), as waybill_jobs.',
  }));
}

function defaultPartitionUsed(used: Facts['defaultPartitions'], missing: readonly string[]): Finding {
  const rows = used.map(({ parent, rows: found, days }) => {
    const where =
      found >= 1_000
        ? `At least 1,000 rows are in ${parent}_default, the first of them of ${days.join(', ')}`
        : `${found} rows of ${days.join(', ')} are in ${parent}_default`;
    return `${where}, because their day had no partition.`;
  });
  const kept =
    'Nothing is lost, and upkeep swaps it once its rows are published and old. See why upkeep did not run.';
  const remedy =
    missing.length === 0
      ? kept
      : `${kept} The days of which it holds no row a running relay makes every hour; at once: select outbox_make_partitions(7), as waybill_jobs.`;
  return {
    cause: 'DEFAULT_PARTITION_USED',
    subject: used.map(({ parent }) => `${parent}_default`).join(', '),
    what: [...rows, ...missing].join(' '),
    remedy,
  };
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
