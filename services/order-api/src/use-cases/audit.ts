/** Everything that a principal can change. The names stand in the database, so they never change. */
export type AuditedChange =
  | { readonly action: 'user.registered' | 'user.changed'; readonly table: 'users' }
  | { readonly action: 'product.added' | 'stock.adjusted'; readonly table: 'products' }
  | { readonly action: 'order.placed' | 'order.cancelled'; readonly table: 'orders' };

/** Who asked for a change, and in which request. */
export interface Author {
  /** The token's subject. */
  readonly actor: string;
  /** As answered in `x-request-id` and logged. */
  readonly requestId: string;
}

export type AuditEntry = AuditedChange & {
  readonly author: Author;
  readonly rowId: string;
  /** The row's version after the change; a user has none. */
  readonly version?: number;
};

/** What stock loses to an order is told by the order's own entry. */
export interface AuditLog {
  /** Written if and only if the unit of work is committed: all entries of one in one statement. */
  record(entry: AuditEntry): void;
}
