import type { CanarySighting } from './canary.sql.ts';

export interface CanaryLimits {
  readonly everyMs: number;
  /** How long one may take through the whole path. */
  readonly limitMs: number;
}

export type CanaryState =
  /** Before the first has come through, within the time that it may take. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'ok' }
  /** Written, and not seen within the limit. */
  | { readonly kind: 'overdue'; readonly canary: string; readonly forMs: number }
  /** None was written for a whole period and the limit: the writer stands, or the database. */
  | { readonly kind: 'unwritten' };

/**
 * @param sinceStartMs since this process began to look, in ms: it is no alarm that nothing was written before
 */
export function judgeCanary(
  sighting: CanarySighting,
  limits: CanaryLimits,
  sinceStartMs: number,
): CanaryState {
  const { everyMs, limitMs } = limits;
  if (sighting.underWay !== null && (sighting.underWayMs ?? 0) > limitMs) {
    return { kind: 'overdue', canary: sighting.underWay, forMs: sighting.underWayMs ?? 0 };
  }
  const writtenAgoMs = Math.min(sighting.writtenAgoMs ?? Number.POSITIVE_INFINITY, sinceStartMs);
  if (writtenAgoMs > everyMs + limitMs) return { kind: 'unwritten' };
  return sighting.seenAgoMs === null ? { kind: 'waiting' } : { kind: 'ok' };
}

export function isAlarm({ kind }: CanaryState): boolean {
  return kind === 'overdue' || kind === 'unwritten';
}
