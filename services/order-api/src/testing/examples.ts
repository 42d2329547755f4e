import { randomUUIDv7 } from 'node:crypto';
import { money, totalOf } from '../domain/money.ts';
import type { Order } from '../domain/order.ts';
import type { Principal, Scope } from '../domain/principal.ts';
import type { Product } from '../domain/product.ts';
import type { User } from '../domain/user.ts';

let latest = '';

/** A version 7 id above all that this process made before; within one millisecond those of Node stand in any order. */
export function newId(): string {
  let id: string;
  do id = randomUUIDv7();
  while (id <= latest);
  latest = id;
  return id;
}

export function aUser(overrides: Partial<User> = {}): User {
  const id = newId();
  return { id, email: `Ada.${id}@example.com`, name: 'Ada', createdAt: new Date(), ...overrides };
}

export function aProduct(overrides: Partial<Product> = {}): Product {
  const id = newId();
  return {
    id,
    sku: `sku-${id}`,
    name: 'Tea',
    price: money('12.50', 'EUR'),
    stock: 10,
    version: 1,
    ...overrides,
  };
}

/** One piece of each product. */
export function anOrder(user: User, products: readonly Product[], overrides: Partial<Order> = {}): Order {
  const lines = products.map((product, index) => ({
    lineNo: index + 1,
    productId: product.id,
    quantity: 1,
    unitPrice: product.price,
  }));
  const currency = products[0]?.price.currency ?? 'EUR';
  return {
    id: newId(),
    userId: user.id,
    status: 'placed',
    version: 1,
    total: totalOf(lines, currency),
    placedAt: new Date(),
    lines,
    ...overrides,
  };
}

export function aPrincipal(subject: string, ...scopes: readonly Scope[]): Principal {
  return { subject, scopes: new Set(scopes) };
}
