import type { OutboxEvent } from '@waybill/outbox';
import type { AuditLog } from './audit.ts';
import type {
  DeliveryRepository,
  IdempotencyRepository,
  OrderRepository,
  ProductRepository,
  UserRepository,
} from './repositories.ts';

/** One transaction: all of it is committed or none. */
export interface UnitOfWork {
  readonly users: UserRepository;
  readonly products: ProductRepository;
  readonly orders: OrderRepository;
  readonly idempotency: IdempotencyRepository;
  readonly outbox: Outbox;
  readonly audit: AuditLog;
  readonly deliveries: DeliveryRepository;
}

export interface Outbox {
  /** The event is committed if and only if the unit of work is. */
  enqueue(event: OutboxEvent): void;
}

export interface Transactions {
  /**
   * Runs `work` in a transaction of its own and commits what it added and saved.
   *
   * @throws StorageError when the database refuses the work or cannot be reached; whatever `work` throws
   */
  write<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T>;
  /**
   * Runs `work` in a read-only transaction.
   *
   * @throws StorageError when the database cannot be reached; whatever `work` throws
   */
  read<T>(work: (unit: ReadUnit) => Promise<T>): Promise<T>;
}

/** The reading half of each repository. */
export interface ReadUnit {
  readonly users: Omit<UserRepository, 'add' | 'upsert'>;
  readonly products: Omit<ProductRepository, 'add' | 'save' | 'lock' | 'adjust'>;
  readonly orders: Omit<OrderRepository, 'add' | 'lock' | 'save'>;
  readonly deliveries: DeliveryRepository;
}
