import { MikroORM } from '@mikro-orm/postgresql';
import { aborted, wait } from '@waybill/retry';
import type { ClientBase } from 'pg';
import { type Consumer, createConsumer } from './consumer.ts';
import type { ConsumerOptions } from './consumer-options.ts';
import { query, type useEffectsDatabase } from './effects.fixture.ts';
import type { ConsumedEvent, IncomingMessage } from './event.ts';
import type { DeadLetterCopy, Subscription } from './message-source.ts';
import type { Alarm } from './observer.ts';
import { mikroOrmStorage } from './storage/mikro-orm-storage.ts';
import { pgStorage } from './storage/pg-storage.ts';
import type { Storage } from './storage/storage.ts';

type Effects = ReturnType<typeof useEffectsDatabase>;

/** What a handler of these tests does before its effect; it may throw. */
export type Mishap = (event: ConsumedEvent<string>) => void | Promise<void>;

/** How a consumer of these tests differs from another. */
export type Changes = Partial<
  Pick<
    ConsumerOptions<unknown, string>,
    'onPoison' | 'onDivergence' | 'retry' | 'batchSize' | 'gapLimitMs' | 'parse' | 'group' | 'readEnvelope'
  >
> & {
  readonly order?: 'gapless' | 'per-topic';
  readonly mishap?: Mishap;
  /** What Kafka says to copies of dead letters. */
  readonly publish?: (copy: DeadLetterCopy) => Promise<void>;
};

/** One way to store, with the one statement that makes an effect. */
interface Kit<Tx> {
  readonly storage: Storage<Tx>;
  readonly insertEffect: (tx: Tx, key: string, version: number) => Promise<void>;
}

/** A consumer that a test feeds by hand. */
export interface FedConsumer extends AsyncDisposable {
  readonly consumer: Consumer;
  readonly alarms: readonly Alarm[];
  readonly copies: readonly DeadLetterCopy[];
  /** Offsets that Kafka may commit. */
  readonly reported: readonly bigint[];
  deliver(...messages: readonly IncomingMessage[]): Promise<void>;
}

export const kinds = ['pg', 'MikroORM'] as const;
export type Kind = (typeof kinds)[number];

/** Opens a consumer over one of the storages. */
export async function feed(kind: Kind, effects: Effects, changes: Changes = {}): Promise<FedConsumer> {
  if (kind === 'pg') {
    const insertEffect: Kit<ClientBase>['insertEffect'] = async (client, key, version) => {
      await client.query('insert into effect (key, version) values ($1, $2)', [key, version]);
    };
    return fed({ storage: pgStorage(effects.pool), insertEffect }, changes);
  }
  const orm = await MikroORM.init({
    clientUrl: effects.database.urlFor('waybill_sales'),
    entities: [],
    discovery: { warnWhenNoEntities: false },
    pool: { max: 4 },
  });
  const consumer = fed(
    {
      storage: mikroOrmStorage(orm.em),
      insertEffect: async (em, key, version) => {
        await em.execute('insert into effect (key, version) values (?, ?)', [key, version]);
      },
    },
    changes,
  );
  return {
    ...consumer,
    async [Symbol.asyncDispose]() {
      await consumer[Symbol.asyncDispose]();
      await orm.close(true);
    },
  };
}

function fed<Tx>({ storage, insertEffect }: Kit<Tx>, changes: Changes): FedConsumer {
  const { mishap = () => undefined, order = 'gapless', publish, ...more } = changes;
  const topics = ['placed', 'cancelled'];
  const subscribed = Promise.withResolvers<Subscription>();
  const alarms: Alarm[] = [];
  const copies: DeadLetterCopy[] = [];
  const reported: bigint[] = [];
  const consumer = createConsumer<Tx, string>({
    group: 'g',
    topics,
    ...(order === 'gapless' ? { order, aggregateTopics: topics } : { order }),
    storage,
    parse: ({ value }) => String(value),
    onPoison: 'successors wait',
    retry: { attempts: 2, backoff: { baseMs: 1, capMs: 1 } },
    upkeepEveryMs: 10,
    handler: async (tx, events) => {
      for (const event of events) {
        await insertEffect(tx, event.key, event.version);
        await mishap(event);
      }
    },
    source: {
      async consume(subscription) {
        subscribed.resolve(subscription);
        await aborted(subscription.signal);
      },
    },
    deadLetterTopics: {
      async publish(copy) {
        await publish?.(copy);
        copies.push(copy);
      },
    },
    observer: {
      alarm: (alarm) => void alarms.push(alarm),
      around: (_facts, work) => work(),
      upkeepFailed: () => undefined,
    },
    ...more,
  });
  const stop = new AbortController();
  const ended = consumer.run(stop.signal);
  return {
    consumer,
    alarms,
    copies,
    reported,
    async deliver(...messages) {
      const { onBatch, signal } = await subscribed.promise;
      for (const [topic, its] of Map.groupBy(messages, (message) => message.topic)) {
        await onBatch({
          topic,
          partition: 0,
          messages: its,
          signal,
          applied: (upTo) => void reported.push(upTo),
        });
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

/** A message of an event, as Kafka brings it. */
export function message(
  key: string,
  version: number,
  more: Partial<IncomingMessage> & { readonly epoch?: number } = {},
): IncomingMessage {
  const { epoch = 0, ...changes } = more;
  const headers = { ce_subject: key, ce_orderversion: String(version), ce_epoch: String(epoch) };
  return {
    topic: version === 1 ? 'placed' : 'cancelled',
    partition: 0,
    offset: BigInt(version),
    key,
    value: Buffer.from(`{"of":"${key}","at":${version}}`),
    headers,
    timestamp: Date.now(),
    ...changes,
  };
}

/**
 * Asks until the answer is yes.
 *
 * @throws Error naming what was waited for, after 20 s
 */
export async function until(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
  const limit = AbortSignal.timeout(20_000);
  while (!(await check())) {
    if (limit.aborted) throw new Error(`waited 20 s in vain: ${what}`);
    await wait(10, limit);
  }
}

/** What an operator does, and sees. */
export function operator(effects: Effects) {
  const rows = (text: string, values: readonly unknown[] = []) =>
    query(effects.database, 'waybill_ops', text, values);
  const letters = () =>
    rows('select id, key, version, reason, attempts, state from ops_dead_letters order by id');
  return {
    letters,
    async wish(wanted: 'redrive' | 'discard') {
      for (const { id } of await letters())
        await rows('select inbox_wish($1, $2, $3, $4)', [id, wanted, 'me', 'it was mended']);
    },
    async audit() {
      const found = await rows('select action, actor, reason from ops_inbox_audit order by id');
      return found.map(({ action }) => action);
    },
  };
}
