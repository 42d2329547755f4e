/**
 * A program: commits one event per transaction at a steady rate, whatever the answers do, and notes by its own clock
 * when each COMMIT was answered, and when Kafka acknowledged what it sent itself. Its parent ends it with a message and
 * gets the times back.
 */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { partitionOf, type Publisher } from '@waybill/outbox';
import { redisDoorbell } from '../../../services/order-api/src/doorbell.ts';
import { publisherFactory } from '../../../services/outbox-relay/src/publisher-factory.ts';
import type { ClientName } from './options.ts';
import { pacedEvent } from './paced-events.ts';
import { silentLogger } from './silent-logger.ts';

export interface WriterOrder {
  /** As the role of the order API. */
  readonly url: string;
  /** Rung after each commit; null leaves the relay to its polls. */
  readonly redisUrl: string | null;
  /** Where it sends each event after its commit; null leaves that to a relay. */
  readonly kafka: { readonly client: ClientName; readonly brokers: readonly string[] } | null;
  readonly topic: string;
  readonly partitions: number;
  readonly firstLane: number;
  readonly perSecond: number;
  readonly payloadBytes: number;
}

/** At n is the time of the n-th event, in ms since 1970. */
export interface WriterResult {
  readonly committedAt: readonly number[];
  /** Empty when it sends nothing itself. */
  readonly acknowledgedAt: readonly number[];
}

const connections = 8;

const insert = `
insert into outbox (lane, topic, key, version, type, payload, headers)
values ($1, $2, $3, $4, 'waybill.order.placed.v1', $5, $6)`;

function headersOf(key: string, version: number): Record<string, string> {
  return {
    ce_specversion: '1.0',
    ce_id: `${key}:${version}`,
    ce_type: 'waybill.order.placed.v1',
    ce_source: '/waybill/orders',
    ce_subject: key,
    ce_time: '2026-11-24T06:00:00.000Z',
    ce_orderversion: String(version),
    ce_dataschema: 'http://127.0.0.1:3000/schemas/waybill.order.placed.v1',
    'content-type': 'application/json',
    traceparent: '00-0dd101e8691212b847ec80fb9ba9ae97-59c0eb654adca032-01',
  };
}

const now = (): number => performance.timeOrigin + performance.now();

/** With one client alone, as in the relay: with both the process would be another one. */
async function publisherTo({ client, brokers }: NonNullable<WriterOrder['kafka']>): Promise<Publisher> {
  const create = await publisherFactory[client]();
  const settings = { brokers, clientId: 'bench-writer', requestTimeoutMs: 5_000 };
  return create({ settings, logger: silentLogger });
}

async function write(order: WriterOrder, stop: AbortSignal): Promise<WriterResult> {
  const { url, redisUrl, kafka, topic, partitions, firstLane, perSecond, payloadBytes } = order;
  const pool = new pg.Pool({ connectionString: url, max: connections, application_name: 'bench-writer' });
  pool.on('error', () => undefined); // an idle connection: when a run is cut off the database goes first
  const doorbell = redisUrl === null ? undefined : redisDoorbell(redisUrl, silentLogger, Math.random);
  const publisher = kafka === null ? undefined : await publisherTo(kafka);
  const committedAt: number[] = [];
  const acknowledgedAt: number[] = [];
  const payload = `{"note":"${'x'.repeat(payloadBytes - 11)}"}`;
  const commit = async (nth: number): Promise<void> => {
    const { key, version } = pacedEvent(nth);
    const partition = partitionOf(key, partitions);
    const headers = headersOf(key, version);
    const lane = firstLane + partition;
    const values = [lane, topic, key, version, payload, JSON.stringify(headers)];
    await pool.query({ name: 'append', text: insert, values });
    committedAt[nth] = now();
    if (nth === 0) process.send?.('begun');
    doorbell?.ring([lane]);
    if (publisher === undefined) return;
    await publisher.publish({ topic, partition, messages: [{ key, value: payload, headers }] });
    acknowledgedAt[nth] = now();
  };
  const underWay = new Set<Promise<void>>();
  const started = performance.now();
  for (let nth = 0; !stop.aborted; nth += 1) {
    const early = started + (nth * 1_000) / perSecond - performance.now();
    if (early > 0) await delay(early);
    const one = commit(nth).finally(() => underWay.delete(one));
    underWay.add(one);
  }
  await Promise.all(underWay);
  doorbell?.close();
  await publisher?.close();
  await pool.end();
  return { committedAt, acknowledgedAt };
}

const stopping = new AbortController();

async function run(order: WriterOrder): Promise<void> {
  const result = await write(order, stopping.signal);
  process.send?.(result, () => process.exit(0));
}

process.once('disconnect', () => process.exit(1));
process.once('message', (order: WriterOrder) => {
  process.once('message', () => stopping.abort());
  void run(order); // what it throws ends the process, and its parent hears of that
});
