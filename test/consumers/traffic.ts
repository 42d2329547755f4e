import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type InboxEvent, payloadOf } from '@waybill/inbox';
import { createKafkaPublisher, ensureTopics } from '@waybill/kafka';
import { retryable } from '@waybill/retry';
import pg from 'pg';
import { silentLog } from '../relay/silent-log.ts';

export const partitions = 4;

/** Two topics that share the keys, as those of orders do: version 1 in one, later versions in the other. */
export interface Traffic extends AsyncDisposable {
  readonly topics: readonly [string, string];
  /** Publishes all versions of new keys, each event `times` times, out of order across topics. @returns the keys */
  publish(keys: number, times?: number): Promise<readonly string[]>;
  /** Every event once more. */
  replay(): Promise<void>;
  /** What all events together are about, each counted once, as a decimal. */
  total(): string;
}

const versions = [1, 2, 3] as const;

export async function openTraffic(brokers: readonly string[]): Promise<Traffic> {
  const settings = { brokers, clientId: 'traffic', requestTimeoutMs: 5_000 };
  const id = randomUUID().slice(0, 8);
  const topics = [`first_${id}`, `later_${id}`] as const;
  await ensureTopics(
    settings,
    topics.map((name) => ({ name, partitions, config: {} })),
    silentLog,
  );
  const publisher = createKafkaPublisher({ settings, logger: silentLog });
  const all: string[] = [];
  let sentCents = 0n;
  const { signal } = new AbortController();

  const send = async (topic: string, keys: readonly string[], its: readonly number[]): Promise<void> => {
    const byPartition = Map.groupBy(keys, (key) => Number.parseInt(key.slice(0, 4), 16) % partitions);
    for (const [partition, own] of byPartition) {
      const messages = own.flatMap((key) => its.map((version) => messageOf(key, version)));
      // An unanswered one is in Kafka perhaps twice: the consumers have to bear that anyway.
      await retryable(
        () => publisher.publish({ topic, partition, messages }),
        { attempts: 100, baseMs: 50, capMs: 500, random: Math.random, isRetryable: () => true },
        signal,
      );
    }
  };
  return {
    topics,
    async publish(count, times = 1) {
      const keys = Array.from({ length: count }, () => randomUUID());
      all.push(...keys);
      for (const key of keys) for (const version of versions) sentCents += centsOf(key, version);
      for (let time = 0; time < times; time += 1) {
        await send(topics[1], keys, versions.slice(1));
        await send(topics[0], keys, versions.slice(0, 1));
      }
      return keys;
    },
    async replay() {
      await send(topics[0], all, versions.slice(0, 1));
      await send(topics[1], all, versions.slice(1));
    },
    total: () => decimal(sentCents),
    [Symbol.asyncDispose]: () => publisher.close(),
  };
}

function messageOf(key: string, version: number) {
  const headers = {
    ce_subject: key,
    ce_orderversion: String(version),
    ce_id: `${key}:${version}`,
    ce_epoch: '0',
  };
  return { key, value: JSON.stringify({ key, version, amount: decimal(centsOf(key, version)) }), headers };
}

/** Another amount for almost every event, so that one lost and another doubled do not make up for each other. */
function centsOf(key: string, version: number): bigint {
  return BigInt(Number.parseInt(key.slice(0, 6), 16) * versions.length + version);
}

export function decimal(cents: bigint): string {
  return `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
}

const amount = /"amount":"(\d+\.\d\d)"/;

/** What an event of the traffic is about. @throws TypeError when it does not say */
export function amountOf(event: Pick<InboxEvent, 'value'>): string {
  const said = amount.exec(payloadOf(event))?.[1];
  if (said === undefined) throw new TypeError('no amount');
  return said;
}

/** Makes the table of effects in a database of the projection's schema. */
export async function prepareEffects(superuserUrl: string): Promise<void> {
  await asked(
    superuserUrl,
    'create table effect (at bigint generated always as identity, key text, version integer, amount numeric(20, 2))',
  );
  await asked(superuserUrl, 'grant select, insert on effect to waybill_sales');
}

/** What is wrong with the effects: every key's versions once each, in order, is nothing. */
export async function wrongEffects(superuserUrl: string): Promise<readonly unknown[]> {
  return await asked(
    superuserUrl,
    `select key, array_agg(version order by at) as versions from effect
     group by key having array_agg(version order by at) <> array[1, 2, 3]`,
  );
}

/** The versions whose effect is there, per key, in the order in which they were made. */
export async function effectsByKey(superuserUrl: string): Promise<Record<string, unknown>> {
  const rows = await asked(
    superuserUrl,
    'select key, array_agg(version order by at) as versions from effect group by key',
  );
  return Object.fromEntries(rows.map(({ key, versions }) => [String(key), versions]));
}

/** The money of all effects together, as a decimal. */
export async function effectsTotal(superuserUrl: string): Promise<string> {
  const [row] = await asked(superuserUrl, 'select coalesce(sum(amount), 0.00)::text as total from effect');
  return String(row?.['total']);
}

/** Waits until there are so many effects, or more. Limit: 120 s. */
export async function untilEffects(superuserUrl: string, count: number): Promise<void> {
  const limit = AbortSignal.timeout(120_000);
  for (let found = 0; found < count; ) {
    const rows = await asked(superuserUrl, 'select count(*)::integer as n from effect').catch(() => []);
    found = Number(rows[0]?.['n'] ?? 0);
    if (limit.aborted) throw new Error(`waited 120 s in vain for ${count} effects: there are ${found}`);
    await pause(100);
  }
}

async function asked(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
