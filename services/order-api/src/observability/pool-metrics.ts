import { Gauge, type Registry } from 'prom-client';
import type { PoolCounts } from '../persistence/orm.ts';

/**
 * How full the pools are, counted at each scrape.
 *
 * @returns what takes a pool into the count, by its name; a second pool of a name takes the first one's place
 */
export function measurePools(registry: Registry): (name: string, pool: PoolCounts) => void {
  const pools = new Map<string, PoolCounts>();
  const gauge = (name: string, help: string, countOf: (pool: PoolCounts) => number) =>
    new Gauge({
      name: `waybill_api_pool_${name}`,
      help,
      labelNames: ['pool'],
      registers: [registry],
      collect() {
        for (const [pool, counts] of pools) this.set({ pool }, countOf(counts));
      },
    });
  gauge('connections', 'Connections to the database, busy and idle.', ({ totalCount }) => totalCount);
  gauge('idle_connections', 'Connections that nobody uses now.', ({ idleCount }) => idleCount);
  gauge('waiting', 'Callers that wait for a free connection.', ({ waitingCount }) => waitingCount);
  return (name, pool) => void pools.set(name, pool);
}
