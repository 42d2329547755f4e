import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { System } from './system.ts';

/** Clients that place orders by HTTP, each with a pause for thought in between. */
export interface Shoppers {
  /** Orders that were answered 201. */
  readonly placed: number;
  /** Rejects as soon as one order is not answered 201. */
  readonly finished: Promise<void>;
}

interface Catalogue {
  readonly users: readonly string[];
  readonly products: readonly string[];
}

export async function fillCatalogue(system: System): Promise<Catalogue> {
  const users = await Promise.all(
    Array.from({ length: 10 }, async (_, index) => {
      const user = await post(system, '/v1/users', {
        email: `buyer-${index}@example.test`,
        name: `Buyer ${index}`,
      });
      return user.id;
    }),
  );
  const products = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const product = await post(system, '/v1/products', {
        sku: `SKU-${index}`,
        name: `Thing ${index}`,
        price: `${index + 1}.${String((index * 37) % 100).padStart(2, '0')}`,
        currency: 'EUR',
        stock: 100_000,
      });
      return product.id;
    }),
  );
  return { users, products };
}

export function startShoppers(
  system: System,
  catalogue: Catalogue,
  { clients, orders, thinkMs }: { clients: number; orders: number; thinkMs: number },
): Shoppers {
  let begun = 0;
  let placed = 0;
  const shop = async (): Promise<void> => {
    while (begun < orders) {
      begun += 1;
      await placeOrder(system, catalogue, begun);
      placed += 1;
      await delay(Math.random() * 2 * thinkMs);
    }
  };
  const finished = Promise.all(Array.from({ length: clients }, shop)).then(() => undefined);
  return {
    get placed() {
      return placed;
    },
    finished,
  };
}

async function placeOrder(system: System, { users, products }: Catalogue, nth: number): Promise<void> {
  const first = nth % products.length;
  const second = (first + 1 + (nth % (products.length - 1))) % products.length;
  await post(system, '/v1/orders', {
    user_id: users[nth % users.length],
    items: [
      { product_id: products[first], quantity: 1 + (nth % 3) },
      { product_id: products[second], quantity: 1 },
    ],
  });
}

/** @throws Error with the problem when the answer is not 201 */
async function post(system: System, path: string, body: object): Promise<{ readonly id: string }> {
  const response = await fetch(`${system.apiUrl}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${system.token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify(body),
  });
  if (response.status !== 201)
    throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  const answer: unknown = await response.json();
  if (typeof answer === 'object' && answer !== null && 'id' in answer && typeof answer.id === 'string') {
    return { id: answer.id };
  }
  throw new Error(`${path} answered without an id: ${JSON.stringify(answer)}`);
}
