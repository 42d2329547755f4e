import type { Publisher } from '@waybill/outbox/publisher';
import type { Log } from './log.ts';
import { createPlatformaticPublisher } from './platformatic/publisher.ts';
import { createKafkaPublisher } from './publisher.ts';
import type { KafkaSettings } from './settings.ts';
import { silentLog } from './silent-log.fixture.ts';

/** The clients between which a setting of the relay chooses: what holds for one holds for both. */
export const clients = ['kafkajs', 'platformatic'] as const;
export type Client = (typeof clients)[number];

/** @param settings default: a client id of its own and 5 s */
export function openPublisher(
  client: Client,
  settings: Pick<KafkaSettings, 'brokers'> & Partial<KafkaSettings>,
  logger: Log = silentLog,
): Publisher & AsyncDisposable {
  const create = { kafkajs: createKafkaPublisher, platformatic: createPlatformaticPublisher }[client];
  const publisher = create({
    settings: { clientId: `${client}-test`, requestTimeoutMs: 5_000, ...settings },
    logger,
  });
  return Object.assign(publisher, { [Symbol.asyncDispose]: () => publisher.close() });
}
