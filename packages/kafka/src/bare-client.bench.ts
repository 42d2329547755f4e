/**
 * A program: sends batches with the bare client, without a database. Its parent sends it a plan and gets the time of
 * each acknowledgement back. Messages are ready before the clock starts, so that nothing but the client is measured.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import type kafkajs from 'kafkajs';
import { Producer as PlatformaticProducer, ProduceAcks } from '@platformatic/kafka';
import { unpatchedCopy } from './kafkajs-copy.fixture.ts';
import { partitionOfMessage } from './partitioner.ts';

export interface BarePlan {
  /** `released kafkajs` lacks the project's patch, as everybody else's does. */
  readonly client: 'kafkajs' | 'released kafkajs' | 'platformatic';
  /** Takes the copy of the released one. */
  readonly folder: string;
  readonly brokers: readonly string[];
  readonly topic: string;
  /** Sizes of the batches, in order, per partition. A cycle sends one of each partition, in parallel. */
  readonly batches: readonly (readonly number[])[];
  readonly payloadBytes: number;
}

/** Times in ms since 1970. */
export interface BareResult {
  readonly events: number;
  readonly firstAckAt: number;
  readonly lastAckAt: number;
  readonly firstEvents: number;
  readonly cpuSeconds: number;
}

interface ReadyMessage {
  readonly key: string;
  readonly value: string;
  readonly headers: Record<string, string>;
}

type SendBatch = (partition: number, messages: readonly ReadyMessage[]) => Promise<void>;

/** The headers that the relay sends with the rows of the load. */
function message(nth: number, payloadBytes: number): ReadyMessage {
  const key = `0198c0de-0000-7000-8000-${nth.toString(16).padStart(12, '0')}`;
  const start = `{"order_id":"${key}","version":1,"note":"`;
  return {
    key,
    value: `${start.padEnd(payloadBytes - 2, 'x')}"}`,
    headers: {
      ce_id: `${key}:1`,
      ce_time: '2026-11-24T06:00:00.000Z',
      ce_type: 'waybill.order.placed.v1',
      ce_source: '/waybill/orders',
      ce_subject: key,
      traceparent: '00-0dd101e8691212b847ec80fb9ba9ae97-59c0eb654adca032-01',
      'content-type': 'application/json',
      ce_dataschema: 'http://127.0.0.1:3000/schemas/waybill.order.placed.v1',
      ce_specversion: '1.0',
      ce_orderversion: '1',
      ce_epoch: '1',
    },
  };
}

function loadKafkaJs({ client, folder }: BarePlan): typeof kafkajs {
  const require = createRequire(import.meta.url);
  if (client === 'kafkajs') return require('kafkajs');
  const installed = path.dirname(require.resolve('kafkajs/package.json'));
  return require(unpatchedCopy(installed, path.join(folder, 'kafkajs')));
}

async function withKafkaJs(
  plan: BarePlan,
  work: (send: SendBatch) => Promise<BareResult>,
): Promise<BareResult> {
  const { Kafka, logLevel } = loadKafkaJs(plan);
  const kafka = new Kafka({ brokers: [...plan.brokers], clientId: 'bare', logLevel: logLevel.ERROR });
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    idempotent: false,
    createPartitioner: partitionOfMessage,
    retry: { retries: 0 },
  });
  await producer.connect();
  await producer.send({ topic: plan.topic, messages: [] });
  try {
    return await work(async (partition, messages) => {
      await producer.send({
        topic: plan.topic,
        acks: -1,
        messages: messages.map(({ key, value, headers }) => ({ key, value, headers, partition })),
      });
    });
  } finally {
    await producer.disconnect();
  }
}

async function withPlatformatic(
  plan: BarePlan,
  work: (send: SendBatch) => Promise<BareResult>,
): Promise<BareResult> {
  const text = (value: string | undefined): Buffer => Buffer.from(value ?? '');
  const producer = new PlatformaticProducer({
    clientId: 'bare',
    bootstrapBrokers: [...plan.brokers],
    autocreateTopics: false,
    idempotent: false,
    retries: 0,
    serializers: { key: text, value: text, headerKey: text, headerValue: text },
  });
  await producer.metadata({ topics: [plan.topic] });
  try {
    return await work(async (partition, messages) => {
      await producer.send({
        acks: ProduceAcks.ALL,
        messages: messages.map(({ key, value, headers }) => ({
          topic: plan.topic,
          key,
          value,
          headers,
          partition,
        })),
      });
    });
  } finally {
    await producer.close();
  }
}

async function sendAll({ batches, payloadBytes }: BarePlan, send: SendBatch): Promise<BareResult> {
  const largest = Math.max(...batches.flat());
  const ready = batches.map((_, partition) =>
    Array.from({ length: largest }, (__, nth) => message(partition * largest + nth, payloadBytes)),
  );
  const cycles = Math.max(...batches.map((sizes) => sizes.length));
  const before = process.cpuUsage();
  let first: { readonly at: number; readonly events: number } | undefined;
  let events = 0;
  const now = (): number => performance.timeOrigin + performance.now();
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    await Promise.all(
      batches.map(async (sizes, partition) => {
        const size = sizes[cycle] ?? 0;
        if (size === 0) return;
        await send(partition, ready[partition]?.slice(0, size) ?? []);
        first ??= { at: now(), events: size };
        events += size;
      }),
    );
  }
  const { user, system } = process.cpuUsage(before);
  return {
    events,
    firstAckAt: first?.at ?? now(),
    lastAckAt: now(),
    firstEvents: first?.events ?? 0,
    cpuSeconds: (user + system) / 1_000_000,
  };
}

async function run(plan: BarePlan): Promise<void> {
  const work = (send: SendBatch): Promise<BareResult> => sendAll(plan, send);
  const result = await (plan.client === 'platformatic'
    ? withPlatformatic(plan, work)
    : withKafkaJs(plan, work));
  process.send?.(result, () => process.exit(0));
}

process.once('disconnect', () => process.exit(1));
process.once('message', (plan: BarePlan) => {
  void run(plan); // what it throws ends the process, and its parent hears of that
});
