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

/** What the gate needs to know of an event. */
export interface Arrival {
  readonly version: number;
  readonly payloadHash: string;
}

export type Decision =
  | { readonly kind: 'apply' }
  | { readonly kind: 'skip' }
  | { readonly kind: 'keep' }
  | { readonly kind: 'diverged' };

/**
 * Decides what becomes of an event where a key's events count 1, 2, 3 … without a gap.
 *
 * | the event is | decision |
 * |---|---|
 * | the next one | apply |
 * | applied already | skip |
 * | ahead of its turn | keep |
 * | the version applied last, with another payload | diverged: one of the two was never true |
 *
 * Payloads of versions before the last are not remembered, so a divergence further back is not seen here.
 */
export function decideGapless(gate: Gate, arrival: Arrival): Decision {
  const applied = gate.state === 'fresh' ? 0 : gate.version;
  if (arrival.version === applied + 1) return { kind: 'apply' };
  if (arrival.version > applied) return { kind: 'keep' };
  const isLast = gate.state === 'applied' && arrival.version === gate.version;
  if (isLast && arrival.payloadHash !== gate.payloadHash) return { kind: 'diverged' };
  return { kind: 'skip' };
}
