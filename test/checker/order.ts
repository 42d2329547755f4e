import { type Facts, inLogOrder, isReplayed, type Lane, nameOf, placeOf, versionOf } from './facts.ts';
import { partitionOf } from './murmur2.ts';

/**
 * Keys whose first occurrences in a topic do not stand in version order (promise P3): the versions met for the first
 * time, in log order, must be exactly the committed versions of that topic and key, ascending. Repetitions are free
 * to come again later, and so are replays, which say what they are.
 */
export function disorderedKeys({ events, records }: Pick<Facts, 'events' | 'records'>): string[] {
  const expected = groupVersions(events);
  const met = groupVersions(
    inLogOrder(records).flatMap((record) => {
      const version = versionOf(record);
      if (record.key === null || version === undefined || isReplayed(record)) return [];
      return [{ topic: record.topic, key: record.key.toString('utf8'), version }];
    }),
  );
  return [...met].flatMap(([name, versions]) => {
    const firsts = [...new Set(versions)];
    // Only versions that were committed: an invented one is reported as invented and would make noise here.
    const committed = new Set(expected.get(name));
    const known = firsts.filter((version) => committed.has(version));
    const wanted = known.toSorted((a, b) => a - b);
    return known.join() === wanted.join() ? [] : [`${name}: first occurrences ${known.join(', ')}`];
  });
}

function groupVersions(
  entries: readonly { topic: string; key: string; version: number }[],
): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const { topic, key, version } of entries) {
    const name = `${topic} ${key}`;
    const versions = groups.get(name);
    if (versions) versions.push(version);
    else groups.set(name, [version]);
  }
  return groups;
}

/**
 * Keys whose versions, over all topics that they stand in, are not 1, 2, 3 … (promise P3). A version that is parked is
 * not missing yet: its topic holds it back, and other topics are free to go on.
 */
export function versionGaps({ records, parked }: Pick<Facts, 'records' | 'parked'>): string[] {
  const versions = new Map<string, Set<number>>();
  for (const { key, version } of parked) {
    versions.set(key, (versions.get(key) ?? new Set()).add(version));
  }
  for (const record of records) {
    const version = versionOf(record);
    const key = record.key?.toString('utf8');
    if (key === undefined || version === undefined) continue;
    versions.set(key, (versions.get(key) ?? new Set()).add(version));
  }
  return [...versions].flatMap(([key, found]) => {
    const missing = Array.from({ length: Math.max(...found) }, (_, at) => at + 1).filter(
      (v) => !found.has(v),
    );
    return missing.length === 0
      ? []
      : [`${key}: version ${missing.join(', ')} of ${Math.max(...found)} is missing`];
  });
}

/** Records that stand in another partition than the Java client's partitioner gives their key. */
export function misplacedRecords({ lanes, records }: Pick<Facts, 'lanes' | 'records'>): string[] {
  const partitions = countPartitions(lanes);
  return records.flatMap((record) => {
    const count = partitions.get(record.topic);
    if (count === undefined) return [`${placeOf(record)}: no lane leads to ${record.topic}`];
    const wanted = partitionOf(record.key ?? Buffer.alloc(0), count);
    return wanted === record.partition
      ? []
      : [`${placeOf(record)} belongs in partition ${wanted} of ${count}`];
  });
}

/** Committed rows that queue in front of another partition than their key's. */
export function misplacedEvents({ lanes, events }: Pick<Facts, 'lanes' | 'events'>): string[] {
  const partitions = countPartitions(lanes);
  const byNumber = new Map(lanes.map((lane) => [lane.lane, lane]));
  return events.flatMap((event) => {
    const lane = byNumber.get(event.lane);
    if (!lane || lane.topic !== event.topic)
      return [`${nameOf(event)} is in lane ${event.lane} of no or another topic`];
    const wanted = partitionOf(Buffer.from(event.key, 'utf8'), partitions.get(event.topic) ?? 1);
    return wanted === lane.partition
      ? []
      : [`${nameOf(event)} is in the lane of ${lane.partition}, not ${wanted}`];
  });
}

function countPartitions(lanes: readonly Lane[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { topic } of lanes) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  return counts;
}
