import { type Outcome, rejected } from '../domain/rejection.ts';
import { ANSWER_KEPT_MS, type IdempotencyIdentity, type StoredAnswer } from './idempotency.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** An answer as it is sent, and whether it was sent before. */
export interface GivenAnswer {
  readonly kind: 'first' | 'replayed';
  readonly answer: StoredAnswer;
}

/** What a client asks for under a key, at a time. */
export interface KeyedRequest {
  readonly identity: IdempotencyIdentity;
  readonly hash: string;
  readonly at: Date;
}

/**
 * Does the work once per key and keeps its answer in the same unit of work. What the work rejects is not kept: the key
 * may be used again.
 */
export async function onceUnderKey(
  { idempotency }: UnitOfWork,
  { identity, hash, at }: KeyedRequest,
  work: () => Promise<Outcome<StoredAnswer>>,
): Promise<Outcome<GivenAnswer>> {
  const [got] = await idempotency.tryLock([identity]);
  if (got !== true) return rejected({ kind: 'request-in-progress' });
  // A statement of its own, after the lock: its snapshot shows what the lock's last holder committed.
  const [record] = await idempotency.find([identity], at);
  if (record) {
    return record.requestHash === hash
      ? { kind: 'done', value: { kind: 'replayed', answer: record.answer } }
      : rejected({ kind: 'idempotency-key-reused' });
  }
  const outcome = await work();
  if (outcome.kind === 'rejected') return outcome;
  const answer = outcome.value;
  const expiresAt = new Date(at.getTime() + ANSWER_KEPT_MS);
  idempotency.put({ identity, requestHash: hash, answer, expiresAt }, at);
  return { kind: 'done', value: { kind: 'first', answer } };
}
