import { readFileSync } from 'node:fs';
import path from 'node:path';
import { everyTopic } from '@waybill/contracts';
import { ensureTopics } from '@waybill/kafka';
import { localAudience, localIssuer, makeCredentials } from '../../infra/local/credentials.ts';
import { freePort, startKafka } from '../../infra/local/index.ts';
import { until } from '../relay/bench.ts';
import { silentLog } from '../relay/silent-log.ts';
import { createOrderDatabase, createSalesDatabase, type TestDatabase } from '../servers/databases.ts';
import { relayStatus, serviceStarter } from '../servers/service-process.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';

/** The whole path with a broker of its own: what `npm start` runs, in processes that a test may kill. */
export interface System extends AsyncDisposable {
  readonly apiUrl: string;
  /** Bearer token that may do everything. */
  readonly token: string;
  readonly brokers: readonly string[];
  readonly orders: TestDatabase;
  readonly sales: TestDatabase;
  signalKafka(signal: NodeJS.Signals): void;
  /** Starts the broker again on its port and data, after it was killed. */
  restartKafka(): Promise<void>;
  killRelay(): Promise<void>;
  /** Resolves when the new relay owns every lane: the killed one's lease has to end first. */
  restartRelay(): Promise<void>;
  /** Events that the relay has sent and not seen acknowledged, from its management port. */
  eventsInFlight(): Promise<number>;
}

export async function startSystem(redisUrl: string): Promise<System> {
  const stack = new AsyncDisposableStack();
  try {
    return await start(redisUrl, stack);
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function start(redisUrl: string, stack: AsyncDisposableStack): Promise<System> {
  const folder = stack.use(temporaryFolder());
  const orders = stack.use(await createOrderDatabase());
  const sales = stack.use(await createSalesDatabase());
  const kafkaOptions = {
    dataDir: path.join(folder.path, 'kafka'),
    port: await freePort(),
    progress: () => undefined,
  };
  let kafka = await startKafka(kafkaOptions);
  stack.defer(() => kafka.stop());
  const brokers = [kafka.url];
  await ensureTopics({ brokers, clientId: 'test', requestTimeoutMs: 10_000 }, everyTopic, silentLog);
  const credentials = await makeCredentials(path.join(folder.path, 'credentials'));
  const services = serviceStarter(folder.path);

  const relayEnv = {
    DATABASE_URL: orders.urlFor('waybill_relay'),
    KAFKA_BROKERS: kafka.url,
    REDIS_URL: redisUrl,
    KAFKA_REQUEST_TIMEOUT_MS: '5000',
    RELAY_LEASE_MS: '10000',
  };
  const apiPort = await freePort();
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  let relay = await services('outbox-relay', relayEnv);
  stack.defer(() => relay.stop());
  stack.use(
    await services('sales-projection', {
      DATABASE_URL: sales.urlFor('waybill_sales'),
      KAFKA_BROKERS: kafka.url,
    }),
  );
  stack.use(
    await services('order-api', {
      PORT: String(apiPort),
      PUBLIC_URL: apiUrl,
      DATABASE_URL: orders.urlFor('waybill_api'),
      REDIS_URL: redisUrl,
      JWKS_URL: credentials.jwksUrl,
      JWT_ISSUER: localIssuer,
      JWT_AUDIENCE: localAudience,
    }),
  );
  return {
    apiUrl,
    token: readFileSync(credentials.operatorTokenFile, 'utf8').trim(),
    brokers,
    orders,
    sales,
    signalKafka: (signal) => kafka.signal(signal),
    async restartKafka() {
      await kafka.exited;
      kafka = await startKafka(kafkaOptions);
    },
    async killRelay() {
      relay.signal('SIGKILL');
      await relay.exited;
    },
    async restartRelay() {
      relay = await services('outbox-relay', relayEnv);
      const lanes = everyTopic.reduce((sum, topic) => sum + topic.partitions, 0);
      await until(
        'the new relay owns every lane',
        async () => (await relayStatus(relay)).lanes === lanes,
        30_000,
      );
    },
    async eventsInFlight() {
      return (await relayStatus(relay)).eventsInFlight;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
