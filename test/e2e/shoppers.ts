import { setTimeout as delay } from 'node:timers/promises';
import { bodyOf, type OrderApi, orderApi } from '@waybill/client';
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
  const api = clientOf(system);
  const users = await Promise.all(
    Array.from({ length: 10 }, async (_, index) => {
      const body = { email: `buyer-${index}@example.test`, name: `Buyer ${index}` };
      return bodyOf(await api.POST('/v1/users', { body })).id;
    }),
  );
  const products = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const body = {
        sku: `SKU-${index}`,
        name: `Thing ${index}`,
        price: `${index + 1}.${String((index * 37) % 100).padStart(2, '0')}`,
        currency: 'EUR',
        stock: 100_000,
      };
      return bodyOf(await api.POST('/v1/products', { body })).id;
    }),
  );
  return { users, products };
}

export function startShoppers(
  system: System,
  catalogue: Catalogue,
  { clients, orders, thinkMs }: { clients: number; orders: number; thinkMs: number },
): Shoppers {
  const api = clientOf(system);
  let begun = 0;
  let placed = 0;
  const shop = async (): Promise<void> => {
    while (begun < orders) {
      begun += 1;
      await placeOrder(api, catalogue, begun);
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

async function placeOrder(api: OrderApi, { users, products }: Catalogue, nth: number): Promise<void> {
  const first = nth % products.length;
  const second = (first + 1 + (nth % (products.length - 1))) % products.length;
  await api.POST('/v1/orders', {
    body: {
      user_id: nthOf(users, nth % users.length),
      items: [
        { product_id: nthOf(products, first), quantity: 1 + (nth % 3) },
        { product_id: nthOf(products, second), quantity: 1 },
      ],
    },
  });
}

function nthOf(ids: readonly string[], index: number): string {
  const id = ids[index];
  if (id === undefined) throw new RangeError(`nothing at ${index}`);
  return id;
}

function clientOf({ apiUrl, token }: System): OrderApi {
  // One try: what the system under test owes is an answer, not patience.
  const patience = { attempts: 1 };
  return orderApi({ url: apiUrl, token: () => token, signal: new AbortController().signal, patience });
}
