import { inject } from 'vitest';
import type { LocalServer } from '../../infra/local/index.ts';
import { serviceStarter } from '../servers/service-process.ts';
import type { RelayBench } from './bench.ts';

/** Starts relays of a bench as services, in processes of their own. @param folder takes logs and pid files */
export function relayStarter(
  bench: Pick<RelayBench, 'database' | 'brokers'>,
  folder: string,
  leaseMs: number,
): (environment?: Readonly<Record<string, string>>) => Promise<LocalServer> {
  const services = serviceStarter(folder);
  return (environment = {}) =>
    services('outbox-relay', {
      DATABASE_URL: bench.database.urlFor('waybill_relay'),
      KAFKA_BROKERS: bench.brokers.join(),
      REDIS_URL: inject('servers').redisUrl,
      RELAY_LEASE_MS: String(leaseMs),
      KAFKA_REQUEST_TIMEOUT_MS: String(leaseMs / 2),
      ...environment,
    });
}
