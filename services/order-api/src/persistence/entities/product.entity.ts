import { defineEntity, type InferEntity, p } from '@mikro-orm/postgresql';

/** `version` is set by the domain; declared as MikroORM's own version it would cost a query per batch of updates. */
export const ProductEntity = defineEntity({
  name: 'Product',
  tableName: 'products',
  properties: {
    id: p.uuid().primary(),
    sku: p.string().length(64),
    name: p.string().length(200),
    price: p.decimal().precision(12).scale(2),
    currency: p.character().length(3),
    stock: p.integer(),
    version: p.integer(),
  },
});

export type ProductRow = InferEntity<typeof ProductEntity>;
