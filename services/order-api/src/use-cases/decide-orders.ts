import { type Order, placeOrder, type RequestedLine } from '../domain/order.ts';
import type { Product } from '../domain/product.ts';
import type { Rejection } from '../domain/rejection.ts';
import type { Author } from './audit.ts';
import {
  ANSWER_KEPT_MS,
  type IdempotencyIdentity,
  type IdempotencyRecord,
  identityText,
  type StoredAnswer,
} from './idempotency.ts';

/** A command on its way into the database. Ids and times are fixed before the first attempt, so repeats are equal. */
export interface PendingOrder {
  readonly identity: IdempotencyIdentity;
  readonly requestHash: string;
  /** Of the call that it came with, whose key belongs to the first body that placed an order. */
  readonly batch: { readonly identity: IdempotencyIdentity; readonly requestHash: string } | undefined;
  readonly orderId: string;
  readonly placedAt: Date;
  readonly userId: string;
  readonly lines: readonly RequestedLine[];
  /** W3C trace context of the request that asked for the order. */
  readonly traceparent: string;
  readonly author: Author;
}

/** One answer per command, in the order of the commands. Only `placed` has written something. */
export type PlaceOrderResult =
  | { readonly kind: 'placed'; readonly answer: StoredAnswer }
  | { readonly kind: 'replayed'; readonly answer: StoredAnswer }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  | { readonly kind: 'failed'; readonly error: unknown };

/** What the database told before anything is decided. Maps of identities are keyed by `identityText`. */
export interface KnownState {
  readonly locked: ReadonlySet<string>;
  readonly records: ReadonlyMap<string, IdempotencyRecord>;
  readonly users: ReadonlySet<string>;
  readonly products: ReadonlyMap<string, Product>;
}

/** An order that is new, and what else of its command has to be written beside it. */
export interface PlacedOrder {
  readonly order: Order;
  readonly traceparent: string;
  readonly author: Author;
}

/** The results, and everything that has to be written for them to be true. */
export interface Decision {
  readonly results: readonly PlaceOrderResult[];
  readonly placed: readonly PlacedOrder[];
  readonly products: readonly Product[];
  readonly records: readonly IdempotencyRecord[];
}

/**
 * Decides a batch, one command after the other, each against what those before it leave: of two orders for the last
 * piece the first gets it, and a key that comes twice gets the first one's answer.
 *
 * @param present makes the answer that is given now and replayed later
 */
export function decideOrders(
  batch: readonly PendingOrder[],
  known: KnownState,
  present: (order: Order) => StoredAnswer,
): Decision {
  const products = new Map(known.products);
  const changed = new Map<string, Product>();
  const records = new Map(known.records);
  const added: IdempotencyRecord[] = [];
  const placed: PlacedOrder[] = [];

  const results = batch.map((pending): PlaceOrderResult => {
    const identity = identityText(pending.identity);
    const batchRefusal = refusalOfBatch(pending, known.locked, records);
    if (batchRefusal) return reject(batchRefusal);
    if (!known.locked.has(identity)) return reject({ kind: 'request-in-progress' });
    const record = records.get(identity);
    if (record) return replay(record, pending);
    if (!known.users.has(pending.userId)) return reject({ kind: 'unknown-user', userId: pending.userId });
    const outcome = placeOrder(pending, products);
    if (outcome.kind === 'rejected') return outcome;

    for (const product of outcome.value.products) {
      products.set(product.id, product);
      changed.set(product.id, product);
    }
    const { order } = outcome.value;
    const answer = present(order);
    for (const record of recordsOf(pending, answer)) {
      const text = identityText(record.identity);
      if (!records.has(text)) added.push(record);
      records.set(text, record);
    }
    placed.push({ order, traceparent: pending.traceparent, author: pending.author });
    return { kind: 'placed', answer };
  });
  return { results, placed, products: [...changed.values()], records: added };
}

function replay(record: IdempotencyRecord, pending: PendingOrder): PlaceOrderResult {
  return record.requestHash === pending.requestHash
    ? { kind: 'replayed', answer: record.answer }
    : reject({ kind: 'idempotency-key-reused' });
}

function refusalOfBatch(
  { batch }: PendingOrder,
  locked: ReadonlySet<string>,
  records: ReadonlyMap<string, IdempotencyRecord>,
): Rejection | undefined {
  if (!batch) return undefined;
  const identity = identityText(batch.identity);
  if (!locked.has(identity)) return { kind: 'batch-in-progress' };
  const record = records.get(identity);
  return record && record.requestHash !== batch.requestHash ? { kind: 'batch-key-reused' } : undefined;
}

/** The order's own, and that of its batch: what the batch answers is put together from those of its orders. */
function recordsOf(
  { identity, requestHash, batch, placedAt }: PendingOrder,
  answer: StoredAnswer,
): readonly IdempotencyRecord[] {
  const expiresAt = new Date(placedAt.getTime() + ANSWER_KEPT_MS);
  const own = { identity, requestHash, answer, expiresAt };
  return batch ? [own, { ...batch, answer: NO_ANSWER_OF_ITS_OWN, expiresAt }] : [own];
}

const NO_ANSWER_OF_ITS_OWN: StoredAnswer = { status: 207, headers: {}, body: '' };

function reject(rejection: Rejection): PlaceOrderResult {
  return { kind: 'rejected', rejection };
}
