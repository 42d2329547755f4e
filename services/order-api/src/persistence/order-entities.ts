import { OutboxEventEntity } from '@waybill/outbox';
import { IdempotencyKeyEntity } from './entities/idempotency-key.entity.ts';
import { OrderEntity, OrderItemEntity } from './entities/order.entity.ts';
import { ProductEntity } from './entities/product.entity.ts';
import { UserEntity } from './entities/user.entity.ts';

/** Everything that the order service writes through MikroORM. */
export const orderEntities = [
  UserEntity,
  ProductEntity,
  OrderEntity,
  OrderItemEntity,
  IdempotencyKeyEntity,
  OutboxEventEntity,
];
