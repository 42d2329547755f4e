import { randomBytes } from 'node:crypto';
import { Admin } from '@platformatic/kafka';
import pg from 'pg';
import { inject } from 'vitest';
import { createKafkaPublisher, type KafkaSettings } from '@waybill/kafka';
import type { Publisher } from '@waybill/outbox';
import { Relay, type RelayEvent, type RelaySettings } from '@waybill/outbox/relay';
import { silentLog } from './silent-log.ts';
import { createOrderDatabase, type TestDatabase } from '../servers/databases.ts';

/** A database with one topic of its own, that topic in Kafka, and relays in this process. */
export interface RelayBench extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly partitions: number;
  /** Connections as superuser: what a test looks at or plants. */
  readonly admin: pg.Pool;
  startRelay(options?: RelayStart): RunningRelay;
}

export interface RelayStart {
  readonly settings?: Partial<RelaySettings>;
  /** Stands between the relay and Kafka. */
  readonly through?: (publisher: Publisher) => Publisher;
  /** What is different from the usual way to Kafka. */
  readonly kafka?: Partial<KafkaSettings>;
  /** As the relay's role. Default: straight to the bench's database. */
  readonly databaseUrl?: string;
}

/** What a bench stands on where it is not the shared servers. Its owner disposes of it. */
export interface BenchGround {
  readonly database: TestDatabase;
  /** Where tests make topics and read them back. */
  readonly brokers: readonly string[];
  readonly replicas: number;
  /** Of the topic, in Kafka's own names. In force from the first record on; what is set later reaches a leader later. */
  readonly config?: Readonly<Record<string, string>>;
}

export interface RunningRelay {
  readonly relay: Relay;
  readonly events: readonly RelayEvent[];
  /** What `run` came to. */
  readonly ended: Promise<void>;
  /** Whether it waits for no answer of the database and for no connection. */
  readonly isAtRest: () => boolean;
  stop(): Promise<void>;
}

/** @param brokers of a broker that the test owns; by default the shared one */
export async function relayBench(
  partitions: number,
  brokers: readonly string[] = inject('servers').kafkaBrokers,
): Promise<RelayBench> {
  const database = await createOrderDatabase();
  const bench = await relayBenchOn({ database, brokers, replicas: 1 }, partitions);
  return {
    ...bench,
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** A topic of its own with its lanes, which are the database's only ones then, and relays. */
export async function relayBenchOn(ground: BenchGround, partitions: number): Promise<RelayBench> {
  const { database, brokers } = ground;
  const topic = `t_${randomBytes(6).toString('hex')}`;
  await createTopic(ground, topic, partitions);
  const admin = new pg.Pool({ connectionString: database.urlFor('superuser'), max: 4 });
  await asMigrator(database, 'delete from outbox_progress; delete from outbox_lane');
  await asMigrator(database, `select outbox_add_topic('${topic}', ${partitions})`);
  const running: RunningRelay[] = [];
  return {
    database,
    brokers,
    topic,
    partitions,
    admin,
    startRelay(options = {}) {
      const relay = startRelay(database.urlFor('waybill_relay'), brokers, options);
      running.push(relay);
      return relay;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((relay) => relay.stop()));
      await admin.end();
    },
  };
}

export function startRelay(
  url: string,
  brokers: readonly string[],
  { settings, through, kafka: differing, databaseUrl = url }: RelayStart,
): RunningRelay {
  const stopping = new AbortController();
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 6,
    application_name: 'outbox-relay',
    connectionTimeoutMillis: 5_000,
  });
  pool.on('error', () => undefined);
  const kafka = createKafkaPublisher({
    settings: { brokers, clientId: 'relay-under-test', requestTimeoutMs: 5_000, ...differing },
    logger: silentLog,
  });
  const events: RelayEvent[] = [];
  const relay = new Relay({
    pool,
    publisher: through?.(kafka) ?? kafka,
    listener: (event) => events.push(event),
    settings: settings ?? {},
  });
  const ended = relay.run(stopping.signal);
  const quiet = ended.catch(() => undefined);
  return {
    relay,
    events,
    ended,
    isAtRest: () => pool.waitingCount === 0 && pool.idleCount === pool.totalCount,
    async stop() {
      stopping.abort();
      await quiet;
      await kafka.close();
      if (!pool.ending) await pool.end();
    },
  };
}

export async function asMigrator(database: TestDatabase, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.urlFor('waybill_migrator') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

export async function createTopic(
  { brokers, replicas, config = {} }: Pick<BenchGround, 'brokers' | 'replicas' | 'config'>,
  topic: string,
  partitions: number,
): Promise<void> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [...brokers] });
  const configs = Object.entries(config).map(([name, value]) => ({ name, value }));
  try {
    await admin.createTopics({ topics: [topic], partitions, replicas, configs });
  } finally {
    await admin.close();
  }
}

/** Polls until `check` holds. @throws Error naming `what` after `limitMs` */
export async function until(
  what: string,
  check: () => Promise<boolean> | boolean,
  limitMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
