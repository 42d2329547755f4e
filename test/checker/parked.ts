import { type Facts, nameOf, placeOf, versionOf } from './facts.ts';

/** Parked rows that are not the committed event, byte for byte, or that are of one that has been published. */
export function wronglyParkedEvents({
  events,
  parked,
  receipts,
}: Pick<Facts, 'events' | 'parked' | 'receipts'>): string[] {
  const bySeq = new Map(events.map((event) => [event.seq, event]));
  const confirmed = new Set(receipts.flatMap((receipt) => receipt.seqs));
  return parked.flatMap((row) => {
    const event = bySeq.get(row.seq);
    const who = `${nameOf(row)} (seq ${row.seq})`;
    if (event === undefined) return [`${who} was never committed`];
    const isSame =
      event.lane === row.lane &&
      nameOf(event) === nameOf(row) &&
      event.payload === row.payload &&
      textOf(event.headers) === textOf(row.headers);
    return [
      ...(isSame ? [] : [`${who} is not the event that was committed`]),
      ...(confirmed.has(row.seq) ? [`${who} has a receipt`] : []),
    ];
  });
}

function textOf(headers: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(headers).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Records that passed a parked event of their own key in their topic: they should wait behind it (promise P3, P5). */
export function overtakenParkedEvents({ parked, records }: Pick<Facts, 'parked' | 'records'>): string[] {
  const first = new Map<string, number>();
  for (const { topic, key, version } of parked) {
    const name = `${topic} ${key}`;
    first.set(name, Math.min(version, first.get(name) ?? Infinity));
  }
  return records.flatMap((record) => {
    const held = first.get(`${record.topic} ${record.key?.toString('utf8')}`);
    const version = versionOf(record);
    if (held === undefined || version === undefined || version <= held) return [];
    return [`${placeOf(record)}: version ${version} passed the parked version ${held}`];
  });
}
