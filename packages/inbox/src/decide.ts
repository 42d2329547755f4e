/** What a consumer group has applied of one key. */
export type Gate =
  | { readonly state: 'fresh' }
  | {
      readonly state: 'applied';
      /** Everything up to it is applied. */
      readonly version: number;
      readonly epoch: number;
      /** Of the event of that version. */
      readonly payloadHash: string;
    };

/**
 * In which order a key's events are applied.
 *
 * - `gapless`: 1, 2, 3 … without a gap, across all topics of the aggregate. Needs all of them.
 * - `per-topic`: within a topic, any version above the last one.
 */
export type Order = 'gapless' | 'per-topic';

/** What the gate needs to know of an event. */
export interface Arrival {
  readonly version: number;
  readonly epoch: number;
  readonly payloadHash: string;
  /** `marker`: stands for an event that was given up; it contradicts nothing. */
  readonly content: 'data' | 'marker';
}

export type Decision =
  | { readonly kind: 'apply' }
  | { readonly kind: 'skip' }
  | { readonly kind: 'keep' }
  | { readonly kind: 'diverged' };

/**
 * Decides what becomes of an event.
 *
 * | the event is | decision |
 * |---|---|
 * | the next one (`per-topic`: above the last one) | apply |
 * | applied already | skip |
 * | ahead of its turn | keep |
 * | the version applied last, with another payload, of this epoch or a later one | diverged: one of the two was never true |
| the same, of an earlier epoch | skip: somebody has decided already that the later one holds |
 *
 * Payloads of versions before the last are not remembered, so a divergence further back is not seen here.
 */
export function decide(order: Order, gate: Gate, arrival: Arrival): Decision {
  const applied = gate.state === 'fresh' ? 0 : gate.version;
  if (arrival.version === applied + 1) return { kind: 'apply' };
  if (arrival.version > applied) return order === 'gapless' ? { kind: 'keep' } : { kind: 'apply' };
  if (gate.state === 'fresh' || arrival.version < gate.version) return { kind: 'skip' };
  return contradicts(arrival, gate) ? { kind: 'diverged' } : { kind: 'skip' };
}

/** Whether an event of the same version cannot be a repetition of the one that is known. */
export function contradicts(
  arrival: Omit<Arrival, 'version'>,
  known: { readonly epoch: number; readonly payloadHash: string },
): boolean {
  if (arrival.content === 'marker' || arrival.epoch < known.epoch) return false;
  return arrival.payloadHash !== known.payloadHash;
}
