import { type Facts, isReplayed, nameOf, nameOfRecord, placeOf } from './facts.ts';

/** Records that call themselves replays, of events that nobody asked to have again: order is not asked of replays. */
export function unwantedReplays({
  events,
  replays,
  records,
}: Pick<Facts, 'events' | 'replays' | 'records'>): string[] {
  const wanted = new Set(
    events
      .filter((event) =>
        replays.some(({ lane, from, to }) => lane === event.lane && from <= event.seq && event.seq <= to),
      )
      .map(nameOf),
  );
  return records
    .filter((record) => isReplayed(record) && !wanted.has(nameOfRecord(record) ?? ''))
    .map((record) => `${placeOf(record)}: ${nameOfRecord(record)}`);
}
