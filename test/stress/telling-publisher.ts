import { type Publisher, PublishError } from '@waybill/outbox';
import { nameOf, versionHeader } from '../checker/facts.ts';
import type { RelayLine } from './batches-at-risk.ts';

/** Says of each batch what goes out, before it does, and that it was refused or nobody answered, before it is sent again. */
export function telling(publisher: Publisher, say: (line: RelayLine) => void): Publisher {
  let sent = 0;
  return {
    async publish(batch) {
      sent += 1;
      const number = sent;
      const { topic, partition, messages } = batch;
      const events = messages.map(({ key, headers }) =>
        nameOf({ topic, key, version: Number(headers[versionHeader]) }),
      );
      say({ kind: 'sent', batch: number, partition, events });
      try {
        return await publisher.publish(batch);
      } catch (error) {
        say({ kind: isRefusal(error) ? 'refused' : 'unanswered', batch: number });
        throw error;
      }
    },
    probe: (topic) => publisher.probe(topic),
    close: () => publisher.close(),
  };
}

/**
 * What a broker says of a batch that it has not written, or of a topic that is gone with it. Not that it leads no more:
 * it may say so after it has written.
 */
const writesNothing: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'UNKNOWN_TOPIC_OR_PARTITION']);

function isRefusal(error: unknown): boolean {
  return error instanceof PublishError && error.reach === 'answered' && writesNothing.has(error.code);
}
