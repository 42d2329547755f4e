import { renameSync, rmSync, writeFileSync } from 'node:fs';
import type { RunningServer } from '../local-server.ts';
import type { DatabaseUrls } from './databases.ts';
import { endpointsFile } from './home.ts';

export interface EndpointFacts {
  readonly apiUrl: string;
  readonly kafkaBrokers: string;
  readonly redisUrl: string;
  readonly services: readonly RunningServer[];
  readonly databases: DatabaseUrls;
}

/** Writes where everything answers, for the `waybill` command and the demo. Holds passwords: this user's alone. */
export function writeEndpoints({ apiUrl, kafkaBrokers, redisUrl, services, databases }: EndpointFacts): void {
  const endpoints = {
    api: apiUrl,
    kafkaBrokers: kafkaBrokers.split(',').map((broker) => broker.trim()),
    redisUrl,
    management: Object.fromEntries(services.map(({ name, url }) => [name, url])),
    databases: { orders: databases.orders('waybill_ops'), sales: databases.sales('waybill_ops') },
  };
  writeFileSync(`${endpointsFile}.new`, `${JSON.stringify(endpoints, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${endpointsFile}.new`, endpointsFile);
}

/** Nothing answers any more. */
export function removeEndpoints(): void {
  rmSync(endpointsFile, { force: true });
}
