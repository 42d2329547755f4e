import { newId } from './examples.ts';
import type { Action, WantedLine } from './histories.ts';
import { type Ledger, noteAnswer, noteRefusal, replayOf } from './history-ledger.ts';
import type { Answer, Call } from './order-api.ts';

/** A request that may be sent again, and what its answers mean. */
export interface HistoryRequest {
  readonly call: Call;
  readonly note: (ledger: Ledger, answer: Answer) => void;
}

/** What a history's numbers stand for. */
export interface Names {
  readonly userId: string;
  readonly productIds: readonly string[];
  /** Of one history alone: keys are remembered for a day. */
  readonly keyPrefix: string;
}

const keyRefusals = ['request-in-progress', 'idempotency-key-reused'];
const orderRefusals = ['insufficient-stock', ...keyRefusals];

/** @returns undefined for a cancellation while there are no orders */
export function requestOf(
  action: Exclude<Action, { kind: 'repeat' }>,
  names: Names,
  placedIds: readonly string[],
): HistoryRequest | undefined {
  switch (action.kind) {
    case 'place':
      return placing(`${names.keyPrefix}-${action.key}`, action.lines, names);
    case 'batch':
      return placingBatch(`${names.keyPrefix}-${action.key}`, action.orders, names);
    case 'cancel': {
      // One of those that are there, so that a short history cancels too.
      const orderId = placedIds[action.order % placedIds.length];
      return orderId === undefined ? undefined : cancelling(orderId, action.knows);
    }
    case 'restock':
      return restocking(`${names.keyPrefix}-${action.key}`, action.changes, names);
  }
}

const post = (path: string, key: string, body: object | undefined, headers: Call['headers'] = {}): Call => ({
  method: 'POST',
  path,
  body,
  headers: { 'idempotency-key': key, ...headers },
});

const wish = (lines: readonly WantedLine[], { userId, productIds }: Names) => ({
  user_id: userId,
  items: lines.map(({ product, quantity }) => ({ product_id: productIds[product], quantity })),
});

function placing(key: string, lines: readonly WantedLine[], names: Names): HistoryRequest {
  return {
    call: post('/v1/orders', key, wish(lines, names)),
    note(ledger, answer) {
      const body = answer.json();
      if (answer.status !== 201) return noteRefusal(ledger, 'an order', body, orderRefusals);
      if (noteAnswer(ledger, `order ${key}`, body, replayOf(answer))) {
        ledger.placedIds.push(String(body['id']));
      }
    },
  };
}

type BatchOrders = Extract<Action, { kind: 'batch' }>['orders'];

/** With a key of its own, an order is the same one whether it comes in a batch or alone. */
function placingBatch(batchKey: string, orders: BatchOrders, names: Names): HistoryRequest {
  const keys = orders.map(({ key }) => (key === null ? undefined : `${names.keyPrefix}-${key}`));
  const wishes = orders.map(({ lines }, index) => ({
    ...wish(lines, names),
    ...(keys[index] !== undefined && { idempotency_key: keys[index] }),
  }));
  return {
    call: post('/v1/orders/batch', batchKey, { orders: wishes }),
    note(ledger, answer) {
      const body = answer.json();
      if (answer.status !== 207) return noteRefusal(ledger, 'a batch', body, keyRefusals);
      const results = Array.isArray(body['results']) ? body['results'] : [];
      results.forEach((result, index) => {
        if (result.status !== 201) {
          return noteRefusal(ledger, 'an order in a batch', result.problem, orderRefusals);
        }
        const key = keys[index] ?? `${batchKey} ${index}`;
        if (noteAnswer(ledger, `order ${key}`, result.order, result.replayed ? 'replayed' : 'first')) {
          ledger.placedIds.push(String(result.order.id));
        }
      });
    },
  };
}

function cancelling(orderId: string, knows: 'first version' | 'any'): HistoryRequest {
  const key = newId();
  const headers = { 'if-match': knows === 'any' ? '*' : '"1"' };
  return {
    call: post(`/v1/orders/${orderId}/cancel`, key, undefined, headers),
    note(ledger, answer) {
      const body = answer.json();
      if (answer.status !== 200) {
        const allowed = ['precondition-failed', 'not-cancellable', 'request-in-progress'];
        return noteRefusal(ledger, 'a cancellation', body, allowed);
      }
      if (!noteAnswer(ledger, `cancellation ${key}`, body, replayOf(answer))) return;
      if (ledger.cancelledIds.has(orderId)) ledger.flaws.push(`${orderId} was cancelled twice`);
      ledger.cancelledIds.add(orderId);
    },
  };
}

type Changes = Extract<Action, { kind: 'restock' }>['changes'];

function restocking(key: string, changes: Changes, { productIds }: Names): HistoryRequest {
  const adjustments = changes.map(({ product, delta }) => ({ product_id: productIds[product] ?? '', delta }));
  return {
    call: post('/v1/products/stock-adjustments', key, { adjustments }),
    note(ledger, answer) {
      const body = answer.json();
      if (answer.status !== 200) return noteRefusal(ledger, 'a delivery', body, orderRefusals);
      if (!noteAnswer(ledger, `delivery ${key}`, body, replayOf(answer))) return;
      for (const { product_id: id, delta } of adjustments) {
        ledger.supplied.set(id, (ledger.supplied.get(id) ?? 0) + delta);
      }
    },
  };
}
