import { MikroORM } from '@mikro-orm/postgresql';
import { type Consumer, createConsumer, mikroOrmStorage, pgStorage, type Storage } from '@waybill/inbox';
import { kafkaDeadLetterTopics, kafkaMessageSource } from '@waybill/kafka';
import pg from 'pg';
import { silentLog } from '../relay/silent-log.ts';

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
}

const nothing = (): void => undefined;
export const nothingPlanted: Planted = {
  beforeTransaction: nothing,
  beforeCommit: nothing,
  afterCommit: nothing,
  onRejoined: nothing,
};

export interface Member extends AsyncDisposable {
  readonly consumer: Consumer;
}

/** Runs a member of a group whose effect is a row per event, until it is disposed of. */
export async function startMember(plan: MemberPlan, planted: Planted = nothingPlanted): Promise<Member> {
  if (plan.kind === 'pg') {
    const pool = new pg.Pool({ connectionString: plan.databaseUrl, max: 6, connectionTimeoutMillis: 3_000 });
    pool.on('error', nothing);
    const insert = async (client: pg.ClientBase, keys: readonly string[], versions: readonly number[]) => {
      await client.query(insertEffects, [keys, versions]);
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
    insert: async (em, keys, versions) => {
      const values = keys.map((key, i) => `('${key}', ${versions[i]})`).join(', ');
      await em.execute(`insert into effect (key, version) values ${values}`);
    },
    close: () => orm.close(true),
  });
}

const insertEffects = 'insert into effect (key, version) select * from unnest($1::text[], $2::integer[])';

interface Kit<Tx> {
  readonly storage: Storage<Tx>;
  readonly insert: (tx: Tx, keys: readonly string[], versions: readonly number[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

function run<Tx>(plan: MemberPlan, planted: Planted, { storage, insert, close }: Kit<Tx>): Member {
  const { brokers, group, topics } = plan;
  const over = { settings: { brokers, clientId: 'member', requestTimeoutMs: 5_000 }, logger: silentLog };
  const patience = { sessionMs: 6_000, rebalanceMs: 6_000, measureMs: 1_000 };
  const kafka = kafkaMessageSource({ ...over, fromBeginning: true, patience });
  let handled = 0;
  const consumer = createConsumer<Tx, string>({
    group,
    topics,
    order: 'gapless',
    aggregateTopics: topics,
    storage: {
      async transaction(work) {
        const before = handled;
        if (before > 0) planted.beforeTransaction();
        const result = await storage.transaction(async (scope) => {
          const inside = await work(scope);
          if (handled > before) planted.beforeCommit();
          return inside;
        });
        if (handled > before) planted.afterCommit();
        return result;
      },
    },
    parse: ({ value }) => String(value),
    handler: async (tx, events) => {
      await insert(
        tx,
        events.map(({ key }) => key),
        events.map(({ version }) => version),
      );
      handled += events.length;
    },
    onPoison: 'successors wait',
    batchSize: 50,
    source: {
      consume: (subscription) =>
        kafka.consume({
          ...subscription,
          onState: (state) => {
            subscription.onState(state);
            if (state === 'consuming' && handled > 0) planted.onRejoined();
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
