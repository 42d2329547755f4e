import { KafkaRequestError, type KafkaSettings, readTopic, UnknownPartitionError } from '@waybill/kafka';
import { OperatorError } from '../operator-error.ts';
import { ReaderGoneError, type Terminal } from '../output.ts';
import { eventAsBlock, eventAsJson } from './format-event.ts';

export interface TailOptions {
  readonly topic: string;
  readonly from: 'beginning' | 'end';
  readonly format: 'block' | 'json';
  /** Default: all. */
  readonly partition?: number;
  /** Ends after so many events. Default: never. */
  readonly max?: number;
}

const ignore = (): void => {};

/**
 * Prints a topic's events as they arrive, until `signal` aborts, `max` is reached, or nobody reads the output.
 *
 * @throws OperatorError when Kafka does not answer, or lacks the topic or partition
 */
export async function tail(
  options: TailOptions,
  settings: KafkaSettings,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const { topic, from, format, partition, max = Number.POSITIVE_INFINITY } = options;
  const enough = new AbortController();
  const style = terminal.out.isTerminal ? 'coloured' : 'plain';
  let shown = 0;
  try {
    await readTopic({
      settings: { ...settings, clientId: 'waybill-tail' },
      topic,
      ...(partition === undefined ? {} : { partition }),
      from,
      onReady: () => {
        if (format === 'block' && from === 'end') {
          void terminal.err.write(`Waiting for events on ${topic}. Ctrl-C ends.\n\n`).catch(ignore);
        }
      },
      onMessage: async (partitionOfMessage, message) => {
        if (shown >= max) return;
        const event = { topic, partition: partitionOfMessage, message };
        await terminal.out.write(format === 'json' ? eventAsJson(event) : eventAsBlock(event, style));
        shown += 1;
        if (shown >= max) enough.abort();
      },
      signal: AbortSignal.any([signal, enough.signal]),
      logger: { debug: ignore, info: ignore, warn: ignore },
    });
  } catch (error) {
    if (error instanceof ReaderGoneError) return;
    throw explained(error, options, settings);
  }
}

function explained(error: unknown, { topic }: TailOptions, { brokers }: KafkaSettings): unknown {
  if (error instanceof UnknownPartitionError)
    return new OperatorError(`${error.message}.`, { code: 'NOT_FOUND', cause: error });
  if (!(error instanceof KafkaRequestError)) return error;
  if (error.code === 'UNKNOWN_TOPIC_OR_PARTITION' || error.code === 'INVALID_TOPIC_EXCEPTION') {
    return new OperatorError(`Kafka has no topic ${topic}.`, { code: 'NOT_FOUND', cause: error });
  }
  if (error.reach === 'unreachable') {
    return new OperatorError(
      `Kafka does not answer at ${brokers.join(', ')} (${error.code}): start it with npm start.`,
      { code: 'KAFKA_UNREACHABLE', cause: error },
    );
  }
  return new OperatorError(`${error.message}.`, { code: 'KAFKA_REFUSED', cause: error });
}
