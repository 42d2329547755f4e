import type { Outcome, Rejection } from '../domain/rejection.ts';
import { ProblemError, type ProblemReport } from './problems.ts';

/** @throws ProblemError for a rejection */
export function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.kind === 'done') return outcome.value;
  throw new ProblemError(problemReportOf(outcome.rejection));
}

/** Each rule's no, as a client reads it. */
export function problemReportOf(rejection: Rejection): ProblemReport {
  switch (rejection.kind) {
    case 'duplicate-email':
      return { name: 'duplicate-email', detail: 'A user with this e-mail address exists already.' };
    case 'duplicate-sku':
      return { name: 'duplicate-sku', detail: 'A product with this SKU exists already.' };
    case 'unsupported-currency':
      return { name: 'unsupported-currency', detail: `Nothing is sold in ${rejection.currency} here.` };
    case 'not-found':
      return { name: 'not-found', detail: `There is no such ${rejection.what}.` };
    case 'order-for-another-user':
      return { name: 'forbidden', detail: 'Ordering for another user needs the scope orders:write:any.' };
    case 'unknown-user':
      return { name: 'unknown-user', detail: 'The user who is to get the order does not exist.' };
    case 'repeated-product':
      return {
        name: 'invalid-request',
        detail: 'A product stands in an order once; say how many in its quantity.',
        errors: lineErrors(rejection.lineNumbers, 'this product stands in an earlier item'),
      };
    case 'unknown-product':
      return {
        name: 'unknown-product',
        detail: 'Not every product of the order exists.',
        errors: lineErrors(rejection.lineNumbers, 'there is no such product'),
      };
    case 'mixed-currencies':
      return {
        name: 'mixed-currencies',
        detail: `The products are sold in ${rejection.currencies.join(' and ')}; order them apart.`,
      };
    case 'total-too-large':
      return { name: 'total-too-large', detail: 'The total exceeds 9999999999.99.' };
    case 'orders-of-others':
      return {
        name: 'forbidden',
        detail: 'A user’s own orders need the scope orders:read, those of others orders:read:any.',
      };
    case 'repeated-adjustment':
      return {
        name: 'invalid-request',
        detail: 'A product stands in one request once.',
        errors: adjustmentErrors(
          rejection.lineNumbers,
          'product_id',
          'this product stands in an earlier adjustment',
        ),
      };
    case 'unknown-adjusted-product':
      return {
        name: 'unknown-product',
        detail: 'Not every product exists.',
        errors: adjustmentErrors(rejection.lineNumbers, 'product_id', 'there is no such product'),
      };
    case 'stock-too-large':
      return {
        name: 'stock-too-large',
        detail: 'A product cannot have more than 2147483647 in stock.',
        errors: adjustmentErrors(rejection.lineNumbers, 'delta', 'is more than there is room for'),
      };
    case 'insufficient-stock':
      return {
        name: 'insufficient-stock',
        detail: 'There is less in stock than asked for.',
        items: rejection.shortages.map(({ productId, requested, available }) => ({
          product_id: productId,
          requested,
          available,
        })),
      };
    case 'idempotency-key-reused':
    case 'batch-key-reused':
      return {
        name: 'idempotency-key-reused',
        detail: 'This Idempotency-Key came with another body before.',
      };
    case 'request-in-progress':
    case 'batch-in-progress':
      return {
        name: 'request-in-progress',
        detail: 'A request with this Idempotency-Key is still running.',
        headers: { 'retry-after': '1' },
      };
    case 'precondition-required':
      return {
        name: 'precondition-required',
        detail: 'Send If-Match with the ETag of the order as you read it.',
      };
    case 'stale-version':
      return {
        name: 'precondition-failed',
        detail: `The order is at version ${rejection.current}, which If-Match does not name.`,
      };
    case 'not-cancellable':
      return { name: 'not-cancellable', detail: 'The order is cancelled already.' };
    case 'no-room-for-returns':
      return {
        name: 'stock-too-large',
        detail: `These products have too much in stock to take theirs back: ${rejection.productIds.join(', ')}.`,
      };
    case 'too-busy':
      return {
        name: 'service-unavailable',
        detail: 'Too many orders are waiting. The request was not carried out.',
        headers: { 'retry-after': '1' },
      };
    case 'client-gone':
      return {
        name: 'invalid-request',
        detail: 'The client went away. The request was not carried out.',
      };
  }
}

function adjustmentErrors(places: readonly number[], member: string, detail: string) {
  return places.map((place) => ({ pointer: `#/adjustments/${place - 1}/${member}`, detail }));
}

function lineErrors(lineNumbers: readonly number[], detail: string) {
  return lineNumbers.map((lineNo) => ({ pointer: `#/items/${lineNo - 1}/product_id`, detail }));
}
