import {
  type CommittedEvent,
  type Facts,
  isReplayed,
  type KafkaRecord,
  nameOf,
  nameOfRecord,
  placeOf,
  type Receipt,
} from './facts.ts';

/**
 * Receipts that do not tell the truth: seq i of a receipt must be a committed event of that lane and stand in Kafka
 * at `baseOffset + i`; a lane's receipts must not overlap within one log, and no event may have two that are not of
 * replays. What a lost log held is gone: there only the rest is asked.
 */
export function wrongReceipts({ events, lanes, receipts, losses, records }: Facts): string[] {
  const laneByNumber = new Map(lanes.map((lane) => [lane.lane, lane]));
  const bySeq = new Map(events.map((event) => [event.seq, event]));
  const byPlace = new Map(records.map((record) => [placeOf(record), record]));
  const confirmed = new Set<bigint>();
  const nextFree = new Map<string, bigint>();
  const problems: string[] = [];
  for (const receipt of receipts.toSorted((a, b) => a.lane - b.lane || (a.id < b.id ? -1 : 1))) {
    const lane = laneByNumber.get(receipt.lane);
    const who = `receipt ${receipt.id} of lane ${receipt.lane}`;
    if (!lane) {
      problems.push(`${who}: no such lane`);
      continue;
    }
    const log = `${receipt.lane} ${receipt.logGeneration}`;
    if (receipt.baseOffset < (nextFree.get(log) ?? 0n)) {
      problems.push(`${who}: offset ${receipt.baseOffset} is below the end of the one before`);
    }
    nextFree.set(log, receipt.baseOffset + BigInt(receipt.seqs.length));
    for (const [index, seq] of receipt.seqs.entries()) {
      const offset = receipt.baseOffset + BigInt(index);
      const place = placeOf({ ...lane, offset });
      const problem = seqProblem({
        receipt,
        seq,
        event: bySeq.get(seq),
        standing: byPlace.get(place),
        again: confirmed.has(seq) && receipt.kind !== 'replay',
        isLost: isLost(receipt, offset, losses),
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
  /** What stands where the receipt says. */
  readonly standing: KafkaRecord | undefined;
  readonly again: boolean;
  readonly isLost: boolean;
}

/** Whether a later generation of the log began at or below this offset. */
export function isLost(receipt: Receipt, offset: bigint, losses: Facts['losses']): boolean {
  return losses.some(
    (loss) =>
      loss.lane === receipt.lane && loss.logGeneration > receipt.logGeneration && loss.baseOffset <= offset,
  );
}

function seqProblem({ receipt, seq, event, standing, again, isLost }: Confirmed): string | undefined {
  if (!event) return `seq ${seq} was never committed`;
  if (event.lane !== receipt.lane) return `seq ${seq} is of lane ${event.lane}`;
  if (again) return `seq ${seq} has an earlier receipt`;
  if (isLost) return undefined;
  if (standing === undefined) return `nothing stands there, ${nameOf(event)} should`;
  const name = nameOfRecord(standing);
  if (name !== nameOf(event)) return `${name} stands there, ${nameOf(event)} should`;
  if (receipt.kind === 'replay' && !isReplayed(standing))
    return 'what stands there does not say that it is a replay';
  return undefined;
}

/**
 * Committed events without a receipt that still holds, and not parked: pending, or lost track of. Empty once everything
 * is published.
 */
export function unconfirmedEvents({
  events,
  receipts,
  parked,
  losses,
}: Pick<Facts, 'events' | 'receipts' | 'parked' | 'losses'>): string[] {
  const held = receipts.flatMap((receipt) =>
    receipt.seqs.filter((_, at) => !isLost(receipt, receipt.baseOffset + BigInt(at), losses)),
  );
  const known = new Set([...held, ...parked.map(({ seq }) => seq)]);
  return events
    .filter((event) => !known.has(event.seq))
    .map((event) => `${nameOf(event)} (seq ${event.seq})`);
}
