/** How many connections there are, and when one is given up. Times in ms. */
export interface PoolSettings {
  /** Kept though idle, once they were needed; none is opened ahead. */
  readonly min: number;
  readonly max: number;
  /** For a free place and for the server to take a new connection. */
  readonly connectionTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** After which a connection is closed when it comes back; spreads clients after a failover. 0: never. */
  readonly maxLifetimeMs: number;
  /** A connection that rested for longer is asked whether it still answers before it is used. */
  readonly validateAfterIdleMs: number;
}

/** In pg-pool's words (it counts a lifetime in seconds, and takes fractions). */
export function poolOptions(settings: PoolSettings) {
  return {
    min: settings.min,
    max: settings.max,
    connectionTimeoutMillis: settings.connectionTimeoutMs,
    idleTimeoutMillis: settings.idleTimeoutMs,
    maxLifetimeSeconds: settings.maxLifetimeMs / 1_000,
  };
}
