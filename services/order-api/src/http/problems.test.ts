import Value from 'typebox/value';
import { describe, expect, it } from 'vitest';
import type { Rejection } from '../domain/rejection.ts';
import { problemCatalogue } from './problem-catalogue.ts';
import { Problem, problemOf } from './problems.ts';
import { problemReportOf } from './rejections.ts';

const rejections: { readonly [Kind in Rejection['kind']]: Extract<Rejection, { kind: Kind }> } = {
  'duplicate-email': { kind: 'duplicate-email' },
  'duplicate-sku': { kind: 'duplicate-sku' },
  'unsupported-currency': { kind: 'unsupported-currency', currency: 'JPY' },
  'not-found': { kind: 'not-found', what: 'order' },
  'order-for-another-user': { kind: 'order-for-another-user' },
  'unknown-user': { kind: 'unknown-user', userId: 'u' },
  'repeated-product': { kind: 'repeated-product', lineNumbers: [2] },
  'unknown-product': { kind: 'unknown-product', lineNumbers: [1, 3] },
  'mixed-currencies': { kind: 'mixed-currencies', currencies: ['EUR', 'USD'] },
  'total-too-large': { kind: 'total-too-large' },
  'insufficient-stock': {
    kind: 'insufficient-stock',
    shortages: [{ productId: 'p', requested: 2, available: 1 }],
  },
  'orders-of-others': { kind: 'orders-of-others' },
  'repeated-adjustment': { kind: 'repeated-adjustment', lineNumbers: [2] },
  'unknown-adjusted-product': { kind: 'unknown-adjusted-product', lineNumbers: [1] },
  'stock-too-large': { kind: 'stock-too-large', lineNumbers: [1] },
  'idempotency-key-reused': { kind: 'idempotency-key-reused' },
  'request-in-progress': { kind: 'request-in-progress' },
  'batch-key-reused': { kind: 'batch-key-reused' },
  'batch-in-progress': { kind: 'batch-in-progress' },
  'precondition-required': { kind: 'precondition-required' },
  'stale-version': { kind: 'stale-version', current: 2 },
  'not-cancellable': { kind: 'not-cancellable' },
  'no-room-for-returns': { kind: 'no-room-for-returns', productIds: ['p'] },
  'too-busy': { kind: 'too-busy' },
  'client-gone': { kind: 'client-gone' },
};

describe('every rejection', () => {
  it.each(Object.values(rejections))('is a problem of the catalogue: $kind', (rejection) => {
    const problem = problemOf(problemReportOf(rejection), 'https://x', 'request');
    expect(Value.Errors(Problem, problem)).toEqual([]);
    expect(problem.status).toBeGreaterThanOrEqual(400);
    expect(problem.status >= 500).toBe(rejection.kind === 'too-busy');
  });

  it('points at the items that are wrong', () => {
    expect(problemOf(problemReportOf(rejections['unknown-product']), 'https://x', 'request')).toEqual({
      type: 'https://x/problems/unknown-product',
      title: problemCatalogue['unknown-product'].title,
      status: 422,
      detail: 'Not every product of the order exists.',
      instance: 'request',
      errors: [
        { pointer: '#/items/0/product_id', detail: 'there is no such product' },
        { pointer: '#/items/2/product_id', detail: 'there is no such product' },
      ],
    });
  });
});

it('the catalogue has a name, a client or server status and a title for each', () => {
  for (const [name, { status, title }] of Object.entries(problemCatalogue)) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(title).not.toBe('');
  }
});
