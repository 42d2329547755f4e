/** A product that an order asks for more of than there is. */
export interface Shortage {
  readonly productId: string;
  readonly requested: number;
  readonly available: number;
}

/** Why a rule says no. A rejection is an answer, not a failure: nothing was written. */
export type Rejection =
  | { readonly kind: 'duplicate-email' }
  | { readonly kind: 'duplicate-sku' }
  | { readonly kind: 'unsupported-currency'; readonly currency: string }
  | { readonly kind: 'not-found'; readonly what: 'order' | 'user' }
  | { readonly kind: 'order-for-another-user' }
  | { readonly kind: 'unknown-user'; readonly userId: string }
  | { readonly kind: 'repeated-product'; readonly lineNumbers: readonly number[] }
  | { readonly kind: 'unknown-product'; readonly lineNumbers: readonly number[] }
  | { readonly kind: 'mixed-currencies'; readonly currencies: readonly string[] }
  | { readonly kind: 'total-too-large' }
  | { readonly kind: 'insufficient-stock'; readonly shortages: readonly Shortage[] }
  | { readonly kind: 'idempotency-key-reused' }
  | { readonly kind: 'request-in-progress' }
  /** As the two above, for all orders of a batch alike. */
  | { readonly kind: 'batch-key-reused' }
  | { readonly kind: 'batch-in-progress' }
  | { readonly kind: 'precondition-required' }
  | { readonly kind: 'stale-version'; readonly current: number }
  | { readonly kind: 'not-cancellable' }
  | { readonly kind: 'no-room-for-returns'; readonly productIds: readonly string[] }
  | { readonly kind: 'orders-of-others' }
  | { readonly kind: 'repeated-adjustment'; readonly lineNumbers: readonly number[] }
  | { readonly kind: 'unknown-adjusted-product'; readonly lineNumbers: readonly number[] }
  | { readonly kind: 'stock-too-large'; readonly lineNumbers: readonly number[] }
  | { readonly kind: 'too-busy' }
  | { readonly kind: 'client-gone' };

/** What a use case answers. */
export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'rejected'; readonly rejection: Rejection };

export function done<T>(value: T): Outcome<T> {
  return { kind: 'done', value };
}

export function rejected(rejection: Rejection): { readonly kind: 'rejected'; readonly rejection: Rejection } {
  return { kind: 'rejected', rejection };
}
