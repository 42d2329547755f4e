import type { NewOrder, NewProduct, OrderApiClient } from './order-api-client.ts';

/** What one run orders from and for: its own products and buyers, so that runs do not mix. */
export interface Catalogue {
  readonly buyers: readonly string[];
  /** Product ids by currency: an order has one currency. */
  readonly products: readonly (readonly string[])[];
}

const buyerCount = 20;

/** Prices that do not add up evenly. */
const wares = [
  { name: 'Enamel mug', price: '12.50', currency: 'EUR' },
  { name: 'Wool blanket', price: '89.99', currency: 'EUR' },
  { name: 'Brass lamp', price: '249.05', currency: 'EUR' },
  { name: 'Field notebook', price: '7.35', currency: 'USD' },
  { name: 'Canvas bag', price: '34.10', currency: 'USD' },
] as const;

/** @param run a text that no other run has */
export async function makeCatalogue(api: OrderApiClient, run: string, orders: number): Promise<Catalogue> {
  const made = await Promise.all(
    wares.map(async ({ name, price, currency }, i) => {
      // Enough for every order to take its most of it.
      const product: NewProduct = {
        sku: `DEMO-${run}-${i + 1}`,
        name: `${name} (demo ${run})`,
        price,
        currency,
        stock: orders * mostOfOne,
      };
      return { id: await api.createProduct(product), currency };
    }),
  );
  const buyers = await Promise.all(
    Array.from({ length: Math.min(buyerCount, orders) }, (_, i) =>
      api.createUser({ email: `demo-${run}-${i + 1}@example.com`, name: `Demo buyer ${i + 1}` }),
    ),
  );
  const byCurrency = Map.groupBy(made, ({ currency }) => currency);
  return { buyers, products: [...byCurrency.values()].map((group) => group.map(({ id }) => id)) };
}

const mostOfOne = 3;

/** The order with number `i`: who buys, what and how much follow from the number. */
export function orderNumber(i: number, { buyers, products }: Catalogue): NewOrder {
  const wanted = products[i % products.length] ?? [];
  const kinds = 1 + (i % wanted.length);
  return {
    user_id: buyers[i % buyers.length] ?? '',
    items: wanted
      .slice(0, kinds)
      .map((product_id, line) => ({ product_id, quantity: 1 + ((i + line) % mostOfOne) })),
  };
}
