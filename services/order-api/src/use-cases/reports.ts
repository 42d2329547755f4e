export interface Buyer {
  readonly id: string;
  readonly email: string;
  readonly currency: string;
  /** A decimal string with two decimals; may be more than one order's total can be. */
  readonly spent: string;
}

/**
 * Sums over all orders, perhaps of a replica: what was committed a moment ago may be missing.
 */
export interface Reports {
  /**
   * Those who have spent most, first; a buyer once per currency. Cancelled orders do not count.
   *
   * @throws StorageError when the database for reports cannot be reached
   */
  topBuyers(limit: number): Promise<readonly Buyer[]>;
}
