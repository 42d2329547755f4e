/** Runs one statement, with `$1`, `$2` … for its values, inside the transaction at hand. */
export interface Sql {
  query<Row extends object>(text: string, values: readonly unknown[]): Promise<readonly Row[]>;
}

/** A transaction that is open. */
export interface Scope<Tx> {
  /** What the handler writes through. */
  readonly tx: Tx;
  /** What the kit writes through: the same transaction. */
  readonly sql: Sql;
  /** Writes what the handler has left to be written, so that what the database says to it is the handler's failure. */
  flush(): Promise<void>;
}

/**
 * Where gates, kept events, dead letters and the handler's effects are: one database, or they would not commit
 * together.
 */
export interface Storage<Tx> {
  /**
   * Runs `work` in a new transaction at read committed, whatever the session's default is: the kit reads what others
   * have committed while it waited for a lock. Commits when `work` resolves; when it rejects nothing of it is left.
   *
   * @throws what `work` throws; what the database throws, also when nobody knows whether the commit happened
   */
  transaction<Result>(work: (scope: Scope<Tx>) => Promise<Result>): Promise<Result>;
}
