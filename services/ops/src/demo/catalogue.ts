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
/** Orders of the same product wait for each other’s stock: with few products that wait is all one would measure. */
const colours = ['amber', 'black', 'cobalt', 'forest', 'ivory', 'mint', 'ochre', 'rust', 'slate', 'white'];
const mostOfOne = 3;
const mostKinds = 3;

/** @param run a text that no other run has */
export async function makeCatalogue(api: OrderApiClient, run: string, orders: number): Promise<Catalogue> {
  const products = wares.flatMap((ware) =>
    colours.map(
      (colour): NewProduct => ({
        sku: `DEMO-${run}-${ware.name.replaceAll(' ', '-').toUpperCase()}-${colour.toUpperCase()}`,
        name: `${ware.name}, ${colour} (demo ${run})`,
        price: ware.price,
        currency: ware.currency,
        stock: orders * mostOfOne, // enough, even if every order took its most of this one
      }),
    ),
  );
  const made = await Promise.all(
    products.map(async (product) => ({
      id: await api.createProduct(product),
      currency: product.currency,
    })),
  );
  const buyers = await Promise.all(
    Array.from({ length: Math.min(buyerCount, orders) }, (_, i) =>
      api.createUser({ email: `demo-${run}-${i + 1}@example.com`, name: `Demo buyer ${i + 1}` }),
    ),
  );
  const byCurrency = Map.groupBy(made, ({ currency }) => currency);
  return { buyers, products: [...byCurrency.values()].map((group) => group.map(({ id }) => id)) };
}

/** The order with number `i`: who buys, what and how much follow from the number. */
export function orderNumber(i: number, { buyers, products }: Catalogue): NewOrder {
  const wanted = products[i % products.length] ?? [];
  const kinds = Math.min(wanted.length, 1 + (i % mostKinds));
  // Seven apart, so that orders placed at the same time want different products.
  const lines = Array.from({ length: kinds }, (_, line) => wanted[(i * 7 + line) % wanted.length] ?? '');
  return {
    user_id: buyers[i % buyers.length] ?? '',
    items: lines.map((product_id, line) => ({ product_id, quantity: 1 + ((i + line) % mostOfOne) })),
  };
}
