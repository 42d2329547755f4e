import { startChildServer } from '../child-server.ts';
import { type Credentials, localAudience, localIssuer } from '../credentials.ts';
import type { LocalServer } from '../local-server.ts';
import { compileCache, serviceArgs } from '../service-command.ts';
import type { DatabaseUrls } from './databases.ts';
import { logFileOf, runDir } from './home.ts';
import type { PortPicker } from './port-picker.ts';
import { startTogether } from './start-together.ts';

/** shutDown grants less when others have used up their share. */
const ending = { stopSignal: 'SIGTERM', limitMs: 9_000 } as const;

export interface Surroundings {
  readonly databases: DatabaseUrls;
  readonly kafkaBrokers: string;
  readonly redisUrl: string;
  readonly credentials: Credentials;
}

export interface Services {
  readonly apiUrl: string;
  /** In the order in which they are ended. */
  readonly running: readonly LocalServer[];
}

interface ServicePlan {
  readonly name: string;
  readonly managementPort: number;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Starts the services side by side and resolves when all are ready for work.
 *
 * @throws LocalServerError with the last log lines of the one that did not come up; the others are ended then
 */
export async function startServices(
  { databases, kafkaBrokers, redisUrl, credentials }: Surroundings,
  ports: PortPicker,
  signal: AbortSignal,
): Promise<Services> {
  const apiPort = await ports.take('the order API', 3000);
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const plans: readonly ServicePlan[] = [
    {
      name: 'order-api',
      managementPort: await ports.take('the status of order-api', 3010),
      env: {
        HOST: '127.0.0.1',
        PORT: String(apiPort),
        PUBLIC_URL: apiUrl,
        DATABASE_URL: databases.orders('waybill_api'),
        REDIS_URL: redisUrl,
        JWKS_URL: credentials.jwksUrl,
        JWT_ISSUER: localIssuer,
        JWT_AUDIENCE: localAudience,
      },
    },
    {
      name: 'outbox-relay',
      managementPort: await ports.take('the status of outbox-relay', 3011),
      env: {
        DATABASE_URL: databases.orders('waybill_relay'),
        KAFKA_BROKERS: kafkaBrokers,
        REDIS_URL: redisUrl,
      },
    },
    {
      name: 'jobs',
      managementPort: await ports.take('the status of jobs', 3013),
      env: {
        DATABASE_URL: databases.orders('waybill_jobs'),
        KAFKA_BROKERS: kafkaBrokers,
        REDIS_URL: redisUrl,
      },
    },
    {
      name: 'sales-projection',
      managementPort: await ports.take('the status of sales-projection', 3012),
      env: { DATABASE_URL: databases.sales('waybill_sales'), KAFKA_BROKERS: kafkaBrokers },
    },
  ];
  const starts = plans.map((plan) => (together: AbortSignal) => startService(plan, together));
  return { apiUrl, running: await startTogether(starts, signal) };
}

async function startService(
  { name, managementPort, env }: ServicePlan,
  signal: AbortSignal,
): Promise<LocalServer> {
  const url = `http://127.0.0.1:${managementPort}`;
  return startChildServer({
    name,
    how: 'this clone',
    url,
    port: managementPort,
    command: process.execPath,
    args: serviceArgs(name),
    env: {
      ...compileCache,
      ...process.env,
      WAYBILL_ENV: process.env['WAYBILL_ENV'] ?? 'development',
      MANAGEMENT_HOST: '127.0.0.1',
      MANAGEMENT_PORT: String(managementPort),
      ...env,
    },
    user: undefined,
    runDir,
    logFile: logFileOf(name),
    ending,
    readyWithinMs: 60_000,
    answers: async () => (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3_000) })).ok,
    signal,
  });
}
