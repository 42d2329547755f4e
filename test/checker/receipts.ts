import { type CommittedEvent, type Facts, nameOf, nameOfRecord, placeOf, type Receipt } from './facts.ts';

/**
 * Receipts that do not tell the truth: seq i of a receipt must be a committed event of that lane and stand in Kafka
 * at `baseOffset + i`; a lane's receipts must not overlap and no event may have two. Holds where Kafka kept its log:
 * older receipts of a lost log point to what is gone.
 */
export function wrongReceipts({ events, lanes, receipts, records }: Facts): string[] {
  const laneByNumber = new Map(lanes.map((lane) => [lane.lane, lane]));
  const bySeq = new Map(events.map((event) => [event.seq, event]));
  const byPlace = new Map(records.map((record) => [placeOf(record), record]));
  const confirmed = new Set<bigint>();
  const nextFree = new Map<number, bigint>();
  const problems: string[] = [];
  for (const receipt of receipts.toSorted((a, b) => a.lane - b.lane || (a.id < b.id ? -1 : 1))) {
    const lane = laneByNumber.get(receipt.lane);
    const who = `receipt ${receipt.id} of lane ${receipt.lane}`;
    if (!lane) {
      problems.push(`${who}: no such lane`);
      continue;
    }
    if (receipt.baseOffset < (nextFree.get(receipt.lane) ?? 0n)) {
      problems.push(`${who}: offset ${receipt.baseOffset} is below the end of the one before`);
    }
    nextFree.set(receipt.lane, receipt.baseOffset + BigInt(receipt.seqs.length));
    for (const [index, seq] of receipt.seqs.entries()) {
      const place = placeOf({ ...lane, offset: receipt.baseOffset + BigInt(index) });
      const standing = byPlace.get(place);
      const problem = seqProblem({
        receipt,
        seq,
        event: bySeq.get(seq),
        standing: standing && nameOfRecord(standing),
        again: confirmed.has(seq),
      });
      if (problem) problems.push(`${who}: ${place}: ${problem}`);
      confirmed.add(seq);
    }
  }
  return problems;
}

interface Confirmed {
  readonly receipt: Receipt;
  readonly seq: bigint;
  readonly event: CommittedEvent | undefined;
  /** Name of the record that stands where the receipt says. */
  readonly standing: string | undefined;
  readonly again: boolean;
}

function seqProblem({ receipt, seq, event, standing, again }: Confirmed): string | undefined {
  if (!event) return `seq ${seq} was never committed`;
  if (event.lane !== receipt.lane) return `seq ${seq} is of lane ${event.lane}`;
  if (again) return `seq ${seq} has an earlier receipt`;
  if (standing === undefined) return `nothing stands there, ${nameOf(event)} should`;
  if (standing !== nameOf(event)) return `${standing} stands there, ${nameOf(event)} should`;
  return undefined;
}

/** Committed events without a receipt: still pending, or lost track of. Empty once everything is published. */
export function unconfirmedEvents({ events, receipts }: Pick<Facts, 'events' | 'receipts'>): string[] {
  const confirmed = new Set(receipts.flatMap((receipt) => receipt.seqs));
  return events
    .filter((event) => !confirmed.has(event.seq))
    .map((event) => `${nameOf(event)} (seq ${event.seq})`);
}
