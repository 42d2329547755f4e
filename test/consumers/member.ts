import { MikroORM } from '@mikro-orm/postgresql';
import {
  type ConsumedEvent,
  type Consumer,
  createConsumer,
  type InboxEvent,
  mikroOrmStorage,
  pgStorage,
  type Storage,
} from '@waybill/inbox';
import { kafkaDeadLetterTopics, kafkaMessageSource } from '@waybill/kafka';
import pg from 'pg';
import { silentLog } from '../relay/silent-log.ts';
import { amountOf } from './traffic.ts';

/** The two storages: what holds for one holds for both. */
export const kinds = ['pg', 'MikroORM'] as const;
export type Kind = (typeof kinds)[number];

export interface MemberPlan {
  readonly kind: Kind;
  readonly databaseUrl: string;
  readonly brokers: readonly string[];
  readonly group: string;
  readonly topics: readonly string[];
}

/** What a test plants around a member's work. */
export interface Planted {
  readonly beforeTransaction: () => void;
  readonly beforeCommit: () => void;
  readonly afterCommit: () => void;
  readonly onRejoined: () => void;
  /** How much money an event is about, as a decimal; it may throw. */
  readonly read: (event: InboxEvent) => string;
  /** In the handler, after the effect; it may throw. */
  readonly onHandled: (events: readonly ConsumedEvent<string>[]) => void;
}

const nothing = (): void => undefined;
export const nothingPlanted: Planted = {
  beforeTransaction: nothing,
  beforeCommit: nothing,
  afterCommit: nothing,
  onRejoined: nothing,
  read: amountOf,
  onHandled: nothing,
};

export interface Member extends AsyncDisposable {
  readonly consumer: Consumer;
}

/** Runs a member of a group whose effect is a row per event, until it is disposed of. */
export async function startMember(plan: MemberPlan, planted: Planted = nothingPlanted): Promise<Member> {
  if (plan.kind === 'pg') {
    const pool = new pg.Pool({ connectionString: plan.databaseUrl, max: 6, connectionTimeoutMillis: 3_000 });
    pool.on('error', nothing);
    const insert: Kit<pg.ClientBase>['insert'] = async (client, events) => {
      await client.query(insertEffects, [
        events.map(({ key }) => key),
        events.map(({ version }) => version),
        events.map(({ data }) => data),
      ]);
    };
    return run(plan, planted, { storage: pgStorage(pool), insert, close: () => pool.end() });
  }
  const orm = await MikroORM.init({
    clientUrl: plan.databaseUrl,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    pool: { max: 6 },
    logger: nothing,
  });
  return run(plan, planted, {
    storage: mikroOrmStorage(orm.em),
    insert: async (em, events) => {
      const rows = events.map(() => '(?, ?, ?)').join(', ');
      const values = events.flatMap(({ key, version, data }) => [key, version, data]);
      await em.execute(`insert into effect (key, version, amount) values ${rows}`, values);
    },
    close: () => orm.close(true),
  });
}

const insertEffects = `insert into effect (key, version, amount)
  select * from unnest($1::text[], $2::integer[], $3::numeric[])`;

interface Kit<Tx extends object> {
  readonly storage: Storage<Tx>;
  readonly insert: (tx: Tx, events: readonly ConsumedEvent<string>[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

function run<Tx extends object>(
  plan: MemberPlan,
  planted: Planted,
  { storage, insert, close }: Kit<Tx>,
): Member {
  const { brokers, group, topics } = plan;
  const over = { settings: { brokers, clientId: 'member', requestTimeoutMs: 5_000 }, logger: silentLog };
  const patience = { sessionMs: 6_000, rebalanceMs: 6_000, measureMs: 1_000 };
  const kafka = kafkaMessageSource({ ...over, fromBeginning: true, patience });
  // By transaction, because upkeep has its own beside a batch's: a death in one of these would prove nothing.
  const withEffects = new WeakSet<Tx>();
  let hasWorked = false;
  const consumer = createConsumer<Tx, string>({
    group,
    topics,
    order: 'gapless',
    aggregateTopics: topics,
    storage: {
      async transaction(work) {
        if (hasWorked) planted.beforeTransaction();
        const { inside, has } = await storage.transaction(async (scope) => {
          withEffects.delete(scope.tx); // a pool gives a connection out again
          const inside = await work(scope);
          const has = withEffects.has(scope.tx);
          if (has) planted.beforeCommit();
          return { inside, has };
        });
        if (has) planted.afterCommit();
        return inside;
      },
    },
    parse: planted.read,
    handler: async (tx, events) => {
      await insert(tx, events);
      planted.onHandled(events);
      withEffects.add(tx);
      hasWorked = true;
    },
    retry: { attempts: 2, backoff: { baseMs: 10, capMs: 50 } },
    upkeepEveryMs: 200,
    onPoison: 'successors wait',
    batchSize: 50,
    source: {
      consume: (subscription) =>
        kafka.consume({
          ...subscription,
          onState: (state) => {
            subscription.onState(state);
            if (state === 'consuming' && hasWorked) planted.onRejoined();
          },
        }),
    },
    deadLetterTopics: kafkaDeadLetterTopics(over),
  });
  const stop = new AbortController();
  const ended = consumer.run(stop.signal);
  return {
    consumer,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
      await close();
    },
  };
}
