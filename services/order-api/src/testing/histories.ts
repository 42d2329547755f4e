import fc from 'fast-check';

export interface WantedLine {
  readonly product: number;
  readonly quantity: number;
}

/** What one client does, at one of the instances. Products, keys, orders and requests are named by number. */
export type Action = { readonly at: number } & (
  | { readonly kind: 'place'; readonly key: number; readonly lines: readonly WantedLine[] }
  | {
      readonly kind: 'batch';
      readonly key: number;
      readonly orders: readonly { readonly key: number | null; readonly lines: readonly WantedLine[] }[];
    }
  /** An order is named by when it was placed, counted round and round. */
  | { readonly kind: 'cancel'; readonly order: number; readonly knows: 'first version' | 'any' }
  /** What comes in, and below zero what goes out by another way than an order. */
  | {
      readonly kind: 'restock';
      readonly key: number;
      readonly changes: readonly { readonly product: number; readonly delta: number }[];
    }
  /** Sends a request that was sent before once more, key and all, perhaps to another instance. */
  | { readonly kind: 'repeat'; readonly request: number }
);

/** Steps follow each other; the actions of one step happen at the same time. */
export type History = readonly (readonly Action[])[];

export const PRODUCTS = 3;
/** Of each kind of request. So few that some are used for two things. */
export const KEYS = 10;

const product = fc.nat(PRODUCTS - 1);
const byProduct = { minLength: 1, maxLength: PRODUCTS, selector: (one: { product: number }) => one.product };
const line = fc.record({ product, quantity: fc.integer({ min: 1, max: 4 }) });
const lines = fc.uniqueArray(line, byProduct);
const change = fc.record({ product, delta: fc.integer({ min: -3, max: 6 }) });
const [at, key] = [fc.nat(1), fc.nat(KEYS - 1)];
const kind = <K extends Action['kind']>(name: K) => fc.constant(name);

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: kind('place'), at, key, lines }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kind('batch'),
      at,
      key,
      orders: fc.array(fc.record({ key: fc.option(key), lines }), { minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('cancel'),
      at,
      order: fc.nat(20),
      knows: fc.constantFrom('first version' as const, 'any' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: kind('restock'), at, key, changes: fc.uniqueArray(change, byProduct) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: kind('repeat'), at, request: fc.nat(30) }) },
);

export const histories: fc.Arbitrary<History> = fc.array(fc.array(action, { minLength: 1, maxLength: 6 }), {
  minLength: 1,
  maxLength: 8,
});
