import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka as KafkaClass } from 'kafkajs';

/**
 * A process of its own: connects a producer and a consumer of the kafkajs in the folder given, does nothing for some
 * seconds, and prints the share of one core that it used meanwhile, in percent.
 *
 * Arguments: kafkajs folder, broker, topic, seconds.
 */
const [folder = '', broker = '', topic = '', seconds = ''] = process.argv.slice(2);
const { Kafka }: { Kafka: typeof KafkaClass } = createRequire(import.meta.url)(folder);

const kafka = new Kafka({ brokers: [broker], clientId: 'idle', logLevel: 0 });
const producer = kafka.producer({ allowAutoTopicCreation: false });
const consumer = kafka.consumer({ groupId: `idle-${process.pid}`, allowAutoTopicCreation: false });
const consumed = Promise.withResolvers<void>();
await producer.connect();
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({ eachMessage: async () => consumed.resolve() });
await producer.send({ topic, messages: [{ value: 'awake' }] });
await consumed.promise;
await delay(500);

const cpu = process.cpuUsage();
const started = performance.now();
await delay(Number(seconds) * 1_000);
const { user, system } = process.cpuUsage(cpu);
console.log(((user + system) / 10 / (performance.now() - started)).toFixed(3));
await consumer.disconnect();
await producer.disconnect();
