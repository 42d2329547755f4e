import type { Queryable } from '../../relay/relay-database.ts';
import type { Difference } from './difference.ts';
import { type KeyVersions, readKeyVersions } from './key-versions.sql.ts';

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

export interface AggregateCheck {
  readonly database: Queryable;
  readonly aggregates: AggregateSource;
  /** The outbox has every event since then. */
  readonly heldSince: Date;
  /** Aggregates that were created since then want all their events. */
  readonly since: Date;
  readonly seen: (aggregates: number) => void;
  readonly signal: AbortSignal;
}

/** Each aggregate's version against the outbox's events of its key. Versions are dense: 1, 2, 3 … */
export async function* reconcileAggregates(
  check: AggregateCheck,
): AsyncGenerator<Difference, void, undefined> {
  const { database, aggregates, heldSince } = check;
  for await (const page of aggregates.pages()) {
    if (check.signal.aborted) return;
    check.seen(page.length);
    const keys = page.map(({ key }) => key);
    const versions = await readKeyVersions(database, keys, aggregates.topics, heldSince);
    for (const aggregate of page) yield* compare(check, aggregate, versions.get(aggregate.key));
  }
}

async function* compare(
  { aggregates, since }: AggregateCheck,
  aggregate: Aggregate,
  versions: KeyVersions | undefined,
): AsyncGenerator<Difference, void, undefined> {
  const { key, version, topic, createdAt } = aggregate;
  const wanted = createdAt >= since ? { least: 1, count: versions?.count ?? 0 } : (versions?.held ?? null);
  const greatest = versions?.greatest ?? 0;
  if (versions !== undefined && greatest > version) {
    yield* behind(aggregate, greatest, aggregates);
  } else if (versions !== undefined && greatest === version && versions.topic !== topic) {
    const what = `Version ${version} of ${key} went to ${versions.topic} instead of ${topic}.`;
    yield { kind: 'OTHER_TOPIC', topic, key, version, what };
  }
  // Its events may be gone with their days.
  if (wanted === null) return;
  if (greatest < version) {
    const newest = versions === undefined ? ' and has no event' : `, its newest event at ${greatest}`;
    yield { kind: 'EVENT_MISSING', topic, key, version, what: `${key} is at version ${version}${newest}.` };
  }
  if (wanted.count < greatest - wanted.least + 1) {
    const what = `Of versions ${wanted.least} to ${greatest} of ${key} only ${wanted.count} have an event.`;
    yield { kind: 'VERSION_GAP', topic, key, version, what };
  }
}

/** The aggregate was read before its events: it may have moved on in between. */
async function* behind(
  { key, topic }: Aggregate,
  greatest: number,
  source: AggregateSource,
): AsyncGenerator<Difference, void, undefined> {
  const [now] = await source.find([key]);
  if (now === undefined || now.version >= greatest) return;
  const what = `${key} is at version ${now.version}, its newest event already at ${greatest}.`;
  yield { kind: 'AGGREGATE_BEHIND', topic, key, version: now.version, what };
}
