import { defineEntity, type InferEntity, p } from '@mikro-orm/postgresql';
import { orderStatuses } from '../../domain/order.ts';
import { ProductEntity } from './product.entity.ts';
import { UserEntity } from './user.entity.ts';

/**
 * To-one relations are `Ref`s: a plain one that was not loaded reads as undefined fields, a `Ref` read through
 * `loaded()` throws. `version` is set by the domain, because each step has its event.
 */
export const OrderEntity = defineEntity({
  name: 'Order',
  tableName: 'orders',
  properties: {
    id: p.uuid().primary(),
    user: () => p.manyToOne(UserEntity).ref().joinColumn('user_id'),
    status: p.enum(orderStatuses),
    version: p.integer(),
    total: p.decimal().precision(12).scale(2),
    currency: p.character().length(3),
    placedAt: p.datetime(3).columnType('timestamptz(3)'),
    items: () => p.oneToMany(OrderItemEntity).mappedBy('order').orderBy({ lineNo: 'asc' }),
  },
});

export const OrderItemEntity = defineEntity({
  name: 'OrderItem',
  tableName: 'order_items',
  properties: {
    order: () => p.manyToOne(OrderEntity).ref().joinColumn('order_id').primary(),
    lineNo: p.smallint().primary(),
    product: () => p.manyToOne(ProductEntity).ref().joinColumn('product_id'),
    quantity: p.integer(),
    unitPrice: p.decimal().precision(12).scale(2),
  },
});

export type OrderRow = InferEntity<typeof OrderEntity>;
export type OrderItemRow = InferEntity<typeof OrderItemEntity>;
