import type { IncomingMessage, MessageSource } from '@waybill/inbox/message-source';
import type { KafkaMessage } from 'kafkajs';
import { type ConsumerPatience, keepMembership } from './consumer.ts';
import type { Log } from './log.ts';
import { toTextHeaders } from './received-message.ts';
import type { KafkaSettings } from './settings.ts';

export interface MessageSourceOptions {
  readonly settings: KafkaSettings;
  readonly logger: Log;
  /** Where a partition begins for which the group has no offset: at its first message, else at its next one. */
  readonly fromBeginning: boolean;
  /** Partitions handled at the same time. Default: 4. */
  readonly concurrency?: number;
  readonly patience?: ConsumerPatience;
}

/**
 * The consumer kit's source over Kafka: commits by hand and only for partitions that it has, keeps the membership alive
 * during long batches, and makes the client anew when it stands still.
 */
export function kafkaMessageSource(options: MessageSourceOptions): MessageSource {
  return {
    consume: ({ topics, ...subscription }) =>
      keepMembership({ ...options, ...subscription, topics, toMessage: toIncomingMessage }),
  };
}

function toIncomingMessage(topic: string, partition: number, message: KafkaMessage): IncomingMessage {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    key: message.key?.toString() ?? '',
    value: message.value,
    headers: toTextHeaders(message.headers ?? {}),
    timestamp: Number(message.timestamp),
  };
}
