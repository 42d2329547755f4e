import { createHash } from 'node:crypto';

/** A key means something only to the one who sent it and on the route that it was sent to. */
export interface IdempotencyIdentity {
  readonly principal: string;
  readonly route: string;
  readonly key: string;
}

/** What was answered, byte for byte. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface IdempotencyRecord {
  readonly identity: IdempotencyIdentity;
  readonly requestHash: string;
  readonly answer: StoredAnswer;
  readonly expiresAt: Date;
}

/** How long an answer is kept, in ms: 24 hours. */
export const ANSWER_KEPT_MS = 24 * 60 * 60 * 1000;

/** One text per identity, for maps and locks. No two identities share one. */
export function identityText(identity: IdempotencyIdentity): string {
  return JSON.stringify([identity.principal, identity.route, identity.key]);
}

/** Tells whether two requests ask for the same: SHA-256 over the validated request, so that spacing does not count. */
export function requestHash(request: unknown): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex');
}
