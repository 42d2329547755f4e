import type { Order, OrderStatus } from '../domain/order.ts';
import type { Money } from '../domain/money.ts';
import type { Principal } from '../domain/principal.ts';
import type { EventDelivery } from '../domain/event-delivery.ts';
import type { Product } from '../domain/product.ts';
import type { StockAdjustment, StockVerdict } from '../domain/stock.ts';
import type { User } from '../domain/user.ts';
import type { IdempotencyIdentity, IdempotencyRecord } from './idempotency.ts';

/**
 * What is added or saved is written when the unit of work commits, and no query sees it before. A unit of work that
 * breaks a uniqueness rule, a reference or a check is refused as a whole at its commit, with a StorageError that
 * names the constraint.
 */
export interface UserRepository {
  get(id: string): Promise<User | undefined>;
  /** Compared without regard to case. */
  byEmail(email: string): Promise<User | undefined>;
  /** Those of `ids` that exist, in one query. */
  existing(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** By id: in the order in which they came, to the millisecond. */
  list(page: UserPage): Promise<readonly User[]>;
  /** Refused at the commit by `uq_users_email`. */
  add(user: User): void;
  /** Adds the user, or gives the one with the same address the new name. At once; races with nobody. */
  upsert(user: User): Promise<UpsertedUser>;
}

export interface UpsertedUser {
  readonly kind: 'registered' | 'changed';
  readonly user: User;
}

export interface UserPage {
  readonly limit: number;
  readonly after: string | undefined;
}

export interface ProductRepository {
  /** By id: in the order in which they came, to the millisecond. */
  search(page: ProductPage): Promise<readonly Product[]>;
  /**
   * The products with these ids, in one query, as they are once every earlier holder has let go. Their rows are
   * locked in id order until the unit of work ends, so that two orders never wait for each other.
   */
  lock(ids: readonly string[]): Promise<readonly Product[]>;
  /** Refused at the commit by `uq_products_sku`. */
  add(product: Product): void;
  /** The product must be one that this unit of work has locked. */
  save(product: Product): void;
  /**
   * Adjusts all or none, at once: none when a product is unknown or would have less than 0 or more than
   * `GREATEST_STOCK`. One query; locks as `lock` does.
   *
   * @param adjustments each of another product
   * @returns those of the products that exist
   */
  adjust(adjustments: readonly StockAdjustment[]): Promise<readonly StockVerdict[]>;
}

export interface ProductPage {
  readonly limit: number;
  readonly after: string | undefined;
  /** Part of the name, in any case; `%` and `_` stand for themselves. */
  readonly nameContains: string | undefined;
}

/** Every read asks on somebody's behalf: an order that the principal must not see is not there. */
export interface OrderRepository {
  get(id: string, principal: Principal): Promise<Order | undefined>;
  /** Newest first: by time placed, then id, both descending. */
  listByUser(userId: string, page: OrderPage, principal: Principal): Promise<readonly OrderSummary[]>;
  /** The newest `perUser` orders of each user, in one query; newest first within a user. */
  newestOf(userIds: readonly string[], perUser: number, principal: Principal): Promise<readonly OwnedOrder[]>;
  add(order: Order): void;
  /**
   * The order with its lines, if the principal may change it, as it is once every earlier holder has let go; its row
   * is locked until the unit of work ends. Two queries. Whoever locks products too locks the order first.
   */
  lock(id: string, principal: Principal): Promise<Order | undefined>;
  /** Writes status and version. The order must be one that this unit of work has locked. */
  save(order: Order): void;
}

export interface OwnedOrder {
  readonly id: string;
  readonly userId: string;
  readonly total: Money;
  readonly status: OrderStatus;
  readonly placedAt: Date;
}

export interface DeliveryRepository {
  /** Where those of the order's events are that the outbox still knows, in the order of their versions. */
  ofOrder(orderId: string): Promise<readonly EventDelivery[]>;
}

export interface OrderPage {
  readonly limit: number;
  readonly after: OrderPosition | undefined;
  readonly status: OrderStatus | undefined;
}

/** Where in the newest-first list a page ended. */
export interface OrderPosition {
  readonly placedAt: Date;
  readonly id: string;
}

export interface OrderSummary {
  readonly id: string;
  readonly total: Money;
  readonly status: OrderStatus;
  readonly placedAt: Date;
  readonly user: { readonly id: string; readonly name: string };
}

export interface IdempotencyRepository {
  /**
   * Takes the lock on each identity that nobody else holds, without waiting, until the unit of work ends. One query.
   *
   * @returns whether each was got, in the order of `identities`
   */
  tryLock(identities: readonly IdempotencyIdentity[]): Promise<readonly boolean[]>;
  /** The records of these identities that have not expired at `now`. One query. */
  find(identities: readonly IdempotencyIdentity[], now: Date): Promise<readonly IdempotencyRecord[]>;
  /**
   * Takes the place of a record of the same identity that has expired at `now`; one that has not refuses it at the
   * commit, as `pk_idempotency_keys`.
   */
  put(record: IdempotencyRecord, now: Date): void;
}
