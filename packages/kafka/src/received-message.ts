import type { IHeaders, KafkaMessage } from 'kafkajs';

/** One message as it came from Kafka, read as UTF-8. */
export interface ReceivedMessage {
  readonly offset: bigint;
  /** Empty when the message has none. */
  readonly key: string;
  /** Empty when the message has none (a tombstone). */
  readonly value: string;
  /** Of headers that repeat, the last. */
  readonly headers: Readonly<Record<string, string>>;
  /** When the producer made it, in ms since 1970. */
  readonly timestamp: number;
}

export function toReceivedMessage(message: KafkaMessage): ReceivedMessage {
  return {
    offset: BigInt(message.offset),
    key: message.key?.toString() ?? '',
    value: message.value?.toString() ?? '',
    headers: toTextHeaders(message.headers ?? {}),
    timestamp: Number(message.timestamp),
  };
}

export function toTextHeaders(headers: IHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const last = Array.isArray(value) ? value.at(-1) : value;
      return [name, last?.toString() ?? ''];
    }),
  );
}
