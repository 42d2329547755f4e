import { OutboxEventEntity } from '@waybill/outbox';
import { OrderEntity, OrderItemEntity } from './entities/order.entity.ts';
import { ProductEntity } from './entities/product.entity.ts';
import { UserEntity } from './entities/user.entity.ts';

/** What MikroORM knows of the order database. */
export const orderEntities = [UserEntity, ProductEntity, OrderEntity, OrderItemEntity, OutboxEventEntity];
