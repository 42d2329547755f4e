import type { OrderEvent } from '@waybill/contracts';
import { describe, expect, test } from 'vitest';
import { addMoney, negateMoney } from './money.ts';
import { totalChanges } from './total-change.ts';

const ada = '0198c0de-0000-7000-8000-000000000001';
const bob = '0198c0de-0000-7000-8000-000000000002';

function placed(user_id: string, total: string, currency = 'EUR'): OrderEvent {
  const at = '2026-01-31T12:00:00.000Z';
  const order = { order_id: 'o', user_id, version: 1, total, currency };
  const envelope = { key: 'o', version: 1, epoch: 0, time: at, payload: '' };
  return { type: 'waybill.order.placed.v1', ...envelope, data: { ...order, items: [], placed_at: at } };
}

function cancelled(user_id: string, total: string, currency = 'EUR'): OrderEvent {
  const at = '2026-01-31T13:00:00.000Z';
  const order = { order_id: 'o', user_id, version: 2, total, currency };
  const envelope = { key: 'o', version: 2, epoch: 0, time: at, payload: '' };
  return { type: 'waybill.order.cancelled.v1', ...envelope, data: { ...order, cancelled_at: at } };
}

const discarded: OrderEvent = {
  type: 'waybill.event.discarded.v1',
  key: 'o',
  version: 2,
  epoch: 0,
  time: '2026-01-31T13:00:00.000Z',
  payload: '',
  data: null,
};

describe('given the events of a batch', () => {
  test('a discarded event counts for nothing', () => {
    expect(totalChanges([discarded])).toEqual([]);
    expect(totalChanges([placed(ada, '1.00'), discarded])).toEqual(totalChanges([placed(ada, '1.00')]));
  });

  test('placing adds and cancelling takes back, per buyer and currency', () => {
    expect(
      totalChanges([
        placed(ada, '0.10'),
        placed(ada, '0.20'),
        placed(bob, '9999999999.99'),
        placed(ada, '5.00', 'USD'),
        cancelled(ada, '0.10'),
        placed(bob, '0.01'),
      ]),
    ).toEqual([
      { userId: ada, currency: 'EUR', orders: 1, spent: '0.20' },
      { userId: bob, currency: 'EUR', orders: 2, spent: '10000000000.00' },
      { userId: ada, currency: 'USD', orders: 1, spent: '5.00' },
    ]);
  });

  test('a batch that only cancels is a negative change', () => {
    expect(totalChanges([cancelled(ada, '0.05')])).toEqual([
      { userId: ada, currency: 'EUR', orders: -1, spent: '-0.05' },
    ]);
  });

  test('no events change nothing', () => {
    expect(totalChanges([])).toEqual([]);
  });
});

test.each([
  ['0.10', '0.20', '0.30'],
  ['0.99', '0.01', '1.00'],
  ['0.04', '-0.05', '-0.01'],
  ['-1.00', '1.00', '0.00'],
  ['9999999999.99', '0.01', '10000000000.00'],
  ['90071992547409.93', '0.01', '90071992547409.94'],
  ['-0.50', '-0.50', '-1.00'],
])('%s and %s are %s', (a, b, sum) => {
  expect([addMoney(a, b), addMoney(b, a)]).toEqual([sum, sum]);
  expect(addMoney(sum, negateMoney(b))).toBe(a);
});

test.each(['1', '1.0', '1.000', '', '1e2', ' 1.00', '1,00'])('%j is no amount', (text) => {
  expect(() => addMoney(text, '1.00')).toThrow(RangeError);
});
