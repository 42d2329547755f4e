import type { Queryable } from '../../relay/relay-database.ts';
import type { Difference } from './difference.ts';
import { type KeyVersions, readKeyVersions } from './events.sql.ts';

/** What an event tells of, as its own service keeps it: for Waybill an order. */
export interface Aggregate {
  /** The key of its events. */
  readonly key: string;
  /** One event for each. */
  readonly version: number;
  /** Of its newest event. */
  readonly topic: string;
  readonly createdAt: Date;
}

/** How reconcile reads aggregates, of which the outbox knows nothing but their keys. */
export interface AggregateSource {
  /** Topics whose events are of these aggregates. */
  readonly topics: readonly string[];
  /** Every aggregate by and by, in pages. */
  pages(): AsyncIterable<readonly Aggregate[]>;
  /** @returns those of the keys that exist */
  find(keys: readonly string[]): Promise<readonly Aggregate[]>;
}

/** Each aggregate's version against the outbox's events of its key. Versions are dense: 1, 2, 3 … */
export async function* reconcileAggregates(
  database: Queryable,
  source: AggregateSource,
  since: Date,
  seen: (aggregates: number) => void,
  signal: AbortSignal,
): AsyncGenerator<Difference, void, undefined> {
  for await (const page of source.pages()) {
    if (signal.aborted) return;
    seen(page.length);
    const versions = await readKeyVersions(
      database,
      page.map(({ key }) => key),
      source.topics,
    );
    for (const aggregate of page) yield* compare(aggregate, versions.get(aggregate.key), source, since);
  }
}

async function* compare(
  aggregate: Aggregate,
  versions: KeyVersions | undefined,
  source: AggregateSource,
  since: Date,
): AsyncGenerator<Difference, void, undefined> {
  const { key, version, topic, createdAt } = aggregate;
  if (versions === undefined) {
    // Events of older ones may be gone with their days.
    if (createdAt < since) return;
    yield {
      kind: 'EVENT_MISSING',
      topic,
      key,
      version,
      what: `${key} is at version ${version} and has no event.`,
    };
    return;
  }
  const { least, greatest, count } = versions;
  if (greatest < version) {
    const what = `${key} is at version ${version}, its newest event at ${greatest}.`;
    yield { kind: 'EVENT_MISSING', topic, key, version, what };
  } else if (greatest > version) {
    yield* behind(aggregate, versions, source);
  } else if (versions.topic !== topic) {
    const what = `Version ${version} of ${key} went to ${versions.topic} instead of ${topic}.`;
    yield { kind: 'OTHER_TOPIC', topic, key, version, what };
  }
  const expectedLeast = createdAt >= since ? 1 : least;
  if (count < greatest - expectedLeast + 1) {
    const what = `Of versions ${expectedLeast} to ${greatest} of ${key} only ${count} have an event.`;
    yield { kind: 'VERSION_GAP', topic, key, version, what };
  }
}

/** The aggregate was read before its events: it may have moved on in between. */
async function* behind(
  { key, topic }: Aggregate,
  { greatest }: KeyVersions,
  source: AggregateSource,
): AsyncGenerator<Difference, void, undefined> {
  const [now] = await source.find([key]);
  if (now === undefined || now.version >= greatest) return;
  const what = `${key} is at version ${now.version}, its newest event already at ${greatest}.`;
  yield { kind: 'AGGREGATE_BEHIND', topic, key, version: now.version, what };
}
